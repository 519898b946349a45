import { useQuery } from "@tanstack/react-query";
import { Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import { Failure, format, Icon, Lines } from "@/kit";
import { type Field, type Form, useLabel } from "@/rooms/forms";
import { factors, hiddenParts, type Part, wouldReach } from "./why";
import { useValue, WhyTree } from "./why_tree";
import "./why.css";

/** 「为什么」: how a computed value came about, and what would change it. */
export function WhyButton({ form, field, id, words }: { form: Form; field: Field; id: number; words?: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      open={open}
      onOpenChange={setOpen}
      content={<Why form={form} field={field} id={id} />}
    >
      <button
        type="button"
        className="bare why-button"
        aria-label={words ? `${label(field)} ${words}` : t("records:why_of", { label: label(field) })}
      >
        <Icon name="help" size={14} />
        {words ?? t("why")}
      </button>
    </Popover>
  );
}

function Why({ form, field, id }: { form: Form; field: Field; id: number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const why = useQuery({
    queryKey: [...keys.record(form.key, id), "why", field.key],
    queryFn: ({ signal }) =>
      api.post<Part>("/formula/explain", { form: form.key, record_id: id, text: field.key }, signal),
  });
  const value = useValue(form);
  if (why.isError) return <Failure error={why.error} />;
  if (!why.data)
    return (
      <div className="why">
        <Lines rows={4} />
      </div>
    );
  const sum = factors(why.data);
  const hidden = hiddenParts(why.data);
  const flip = why.data.flips[0];
  const low = form.overview?.score === field.key ? form.overview.low : null;
  const now = Number(sumOf((sum ?? []).map((f) => f.contribution)));
  const named = (p: Part) => {
    const known = form.fields.find((f) => f.key === p.path[0] && p.path.length === 1);
    return known ? label(known) : (p.label ?? p.text);
  };
  const way = sum && low != null && now < low ? wouldReach(sum, now, low) : null;
  return (
    <div className="why">
      <h3>{t("records:why_is", { label: label(field), value: value(why.data) })}</h3>
      {sum && (
        <table className="small-table">
          <thead>
            <tr>
              <th scope="col">{t("records:factor")}</th>
              <th scope="col" className="right">
                {t(low === null ? "records:value_now" : "records:score")}
              </th>
              <th scope="col" className="right">
                {t("records:weight")}
              </th>
              <th scope="col" className="right">
                {t("records:contribution")}
              </th>
            </tr>
          </thead>
          <tbody>
            {sum.map((f) => (
              <tr key={f.part.text}>
                <td>{named(f.part)}</td>
                <td className="right">{value(f.part)}</td>
                <td className="right">{format.percent(f.weight, 0)}</td>
                <td className="right">{hundredths(f.contribution)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("records:summing")}</th>
              <td />
              <td className="right">{format.percent(sumOf(sum.map((f) => f.weight)), 0)}</td>
              <td className="right">
                <b>{hundredths(sumOf(sum.map((f) => f.contribution)))}</b>
              </td>
            </tr>
          </tfoot>
        </table>
      )}
      {!sum && <WhyTree part={why.data} form={form} />}
      {flip && flip.length > 0 && (
        <p className="notice notice-info">
          <Icon name="spark" size={15} />
          <span>
            {t("records:would_change", {
              change: flip
                .map((f) => {
                  const known = form.fields.find((x) => x.key === f.path[0]);
                  return `${known ? label(known) : f.subject} ${f.op} ${f.value ?? "—"}`;
                })
                .join(t("records:and_also")),
            })}
          </span>
        </p>
      )}
      {way && (
        <p className="notice notice-info">
          <Icon name="spark" size={15} />
          <span>{t("records:would_reach", { factor: named(way[0]), to: way[1], label: label(field), low })}</span>
        </p>
      )}
      <div className="why-foot small grey">
        {field.formula && (
          <details>
            <summary>{t("records:see_formula")}</summary>
            <code>{field.formula}</code>
          </details>
        )}
        <span>{hidden > 0 ? t("records:hidden_parts", { count: hidden }) : t("records:all_parts")}</span>
      </div>
    </div>
  );
}

const hundredths = (value: string) =>
  Number(value).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const sumOf = (values: string[]) => String(Number(values.reduce((n, v) => n + Number(v), 0).toFixed(6)));
