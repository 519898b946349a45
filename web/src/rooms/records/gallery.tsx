import { Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { Row } from "./api";
import { cardFields } from "./cards";
import { Cell, titleOf } from "./cell";
import { filesOf, isPicture } from "./special_model";
import "./gallery.css";

/** Records as cards with their picture, where they have one. */
export function Gallery({
  form,
  picture,
  rows,
  onOpen,
}: {
  form: Form;
  /** the field of the picture */
  picture: string | null;
  rows: readonly Row[];
  onOpen: (row: Row) => void;
}) {
  const shown = cardFields(form).filter((path) => path !== form.title && path !== picture);
  return (
    <ul className="gallery">
      {rows.map((row) => {
        const first = filesOf(picture ? row[picture] : null).find((one) => isPicture(one.type));
        return (
          <li key={row.id}>
            <button type="button" className="bare gallery-card" onClick={() => onOpen(row)}>
              {picture && (
                <span className="gallery-picture">
                  {first ? (
                    <img
                      loading="lazy"
                      alt={first.name}
                      src={`/api/forms/${form.key}/${row.id}/files/${picture}/${first.file}?thumb=1`}
                    />
                  ) : (
                    <Icon name="image" size={28} />
                  )}
                </span>
              )}
              <b className="cut">{titleOf(form, row)}</b>
              {shown.slice(0, 4).map((path) => {
                const field = form.fields.find((f) => f.key === path);
                return field ? (
                  <span key={path} className="gallery-line">
                    <Cell field={field} value={row[path]} row={row} />
                  </span>
                ) : null;
              })}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
