import { useTranslation } from "react-i18next";
import { Chip, colourOf, usePhone } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import type { RecordAnswer } from "@/rooms/records";
import { markOf } from "./name_mark";
import "./customer.css";

const ON_PHONE = 4;

/** A company by its sign and colour, so that the eye finds the page again. */
export const Tile = ({ name }: { name: string }) => (
  <span className="tile" aria-hidden="true" style={{ background: colourOf(name) }}>
    {markOf(name)}
  </span>
);

/** Beside the name: what matters most about it, and what is wrong, as words. */
export function HeadChips({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  // the first choice of the card that is no plain fact of the line below
  const rank = form.fields.find(
    (f) => f.kind === "select" && f.key === form.card?.[0] && !form.overview?.basics.includes(f.key),
  );
  const ranked = rank?.options?.find((o) => o.key === record.values[rank.key]);
  const score = form.fields.find((f) => f.key === form.overview?.score);
  const value = score && record.values[score.key];
  const low = value != null && Number(value) < (form.overview?.low ?? Number.NEGATIVE_INFINITY);
  return (
    <>
      {rank && ranked && <Chip tone="brand">{t("customer:rank", { label: label(rank), value: label(ranked) })}</Chip>}
      {low && (
        <Chip tone="urgent" icon="flame">
          {t("customer:is_low", { label: label(score ?? {}) })}
        </Chip>
      )}
    </>
  );
}

/** Who it is, in one line under the name: its number, what it is like, since when. */
export function HeadLine({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const told = [
    ...form.fields.filter((f) => f.kind === "auto_number").map((f) => record.values[f.key]),
    ...(form.overview?.basics ?? []).map((key) => {
      const field = form.fields.find((f) => f.key === key);
      const value = record.values[key];
      if (field?.kind === "date" && value)
        return t("customer:dated", { label: label(field), month: String(value).slice(0, 7) });
      const option = field?.options?.find((o) => o.key === value);
      return option ? label(option) : null;
    }),
  ].filter(Boolean);
  if (phone) told.splice(ON_PHONE);
  return <span className="cut">{told.join(" · ") || label(form)}</span>;
}
