import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Card, Icon, Moment, PersonName, usePhone } from "@/kit";
import { type Field, type Form, useLabel, valueKind } from "@/rooms/forms";
import type { Value } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import type { Approval } from "./api";
import { differing } from "./model";

/** What is different since I looked last: before struck through, after underlined, by whom. */
export function Changes({
  page,
  form,
  every,
  onEvery,
}: {
  page: Approval;
  form: Form;
  /** the other fields are shown below */
  every: boolean;
  onEvery: (every: boolean) => void;
}) {
  const { t } = useTranslation();
  const phone = usePhone();
  const same = page.fields.length - page.changed.length;
  return (
    <Card className="approval-changes" flush>
      <div className="approval-changes-head">
        <Icon name="edit" size={16} />
        <h2>{t("approvals:changed", { count: page.changed.length })}</h2>
        {!phone && same > 0 && <span className="grey cut">{t("approvals:unchanged", { count: same })}</span>}
        <span className="spread" />
        <Segmented<"some" | "every">
          size="small"
          aria-label={t("approvals:shown_fields")}
          value={every ? "every" : "some"}
          options={[
            { value: "some", label: t("approvals:only_changed") },
            { value: "every", label: t("approvals:all_fields") },
          ]}
          onChange={(value) => onEvery(value === "every")}
        />
      </div>
      <table className="approval-diff">
        <thead>
          <tr>
            <th>{t("approvals:field")}</th>
            <th>
              {t("approvals:before")} {page.changed_since && <Moment value={page.changed_since} />}
            </th>
            <th>{t("approvals:now")}</th>
            <th>{t("approvals:changed_by")}</th>
          </tr>
        </thead>
        <tbody>
          {/* what somebody wrote stands before what follows from it */}
          {[...page.changed.filter((one) => one.by), ...page.changed.filter((one) => !one.by)].map((one) => {
            const field = form.fields.find((f) => f.key === one.field);
            return field ? <ChangedRow key={one.field} field={field} one={one} /> : null;
          })}
        </tbody>
      </table>
    </Card>
  );
}

function ChangedRow({ field, one }: { field: Field; one: Approval["changed"][number] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const kind = valueKind(field);
  const [before, after] = [one.before as Value, one.after as Value];
  const words =
    (kind === "text" || kind === "long_text") &&
    typeof before === "string" &&
    typeof after === "string" &&
    before !== "";
  const parts = words ? differing(before, after) : null;
  return (
    <tr>
      <th scope="row">{label(field)}</th>
      <td>
        <span className="sr">{t("approvals:before")}</span>
        {parts ? (
          <>
            {parts.head}
            {parts.before && <del>{parts.before}</del>}
            {parts.tail}
          </>
        ) : (
          <del>
            <Cell field={field} value={before} />
          </del>
        )}
      </td>
      <td>
        <span className="sr">{t("approvals:now")}</span>
        {parts ? (
          <>
            {parts.head}
            {parts.after && <ins>{parts.after}</ins>}
            {parts.tail}
          </>
        ) : (
          <ins>
            <Cell field={field} value={after} />
          </ins>
        )}
      </td>
      <td className="approval-by">
        {one.by ? <PersonName name={one.by} /> : <span className="grey">{t("approvals:computed")}</span>}
      </td>
    </tr>
  );
}
