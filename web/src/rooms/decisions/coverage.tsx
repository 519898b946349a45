import { useQuery } from "@tanstack/react-query";
import { Input, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { format } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { mapQuery, type Piece } from "./api";
import { fields, kindOf } from "./coverage_model";
import type { ColumnTree, DecisionTree } from "./model";

/** Two inputs as a map: which row each case meets, gaps and overlaps where they lie; the others are held. */
export function Coverage({ tree, onRow }: { tree: DecisionTree; onRow: (row: number) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [chosen, choose] = useState<{ across?: string; up?: string }>({});
  const [held, hold] = useState<Record<string, string>>({});
  const keys = tree.inputs.map((one) => one.key);
  const across = chosen.across && keys.includes(chosen.across) ? chosen.across : (keys[0] ?? "");
  const others = keys.filter((key) => key !== across);
  const up = chosen.up !== undefined && others.includes(chosen.up) ? chosen.up : (others[0] ?? "");
  const rest = tree.inputs.filter((one) => one.key !== across && one.key !== up);
  const values = Object.fromEntries(
    rest.map((one) => [one.key, held[one.key] ?? (one.kind === "yes_no" ? "true" : (one.options?.[0]?.key ?? ""))]),
  );
  const asked = useDeferredValue(JSON.stringify({ tree, across, up, held: values }));
  const map = useQuery(mapQuery(asked));
  const many = !["U", "A"].includes(tree.policy);
  if (keys.length === 0) return null;
  const column = (key: string) => tree.inputs.find((one) => one.key === key);
  const options = (list: readonly string[]) =>
    list.map((key) => {
      const one = column(key);
      return { value: key, label: one ? label(one) : key };
    });
  return (
    <section className="decide-panel" aria-label={t("decisions:map")}>
      <header>
        <h3>{t("decisions:map")}</h3>
        <span className="decide-legend">
          <i className="decide-field-one" /> {t("decisions:map_single")}
          <i className="decide-field-over" /> {t("decisions:overlap")}
          <i className="decide-field-gap" /> {t("decisions:gap")}
        </span>
      </header>
      <div className="decide-map-asked">
        <Select
          size="small"
          aria-label={t("decisions:map_across")}
          prefix={t("decisions:map_across")}
          value={across}
          options={options(keys)}
          onChange={(key) => choose({ ...chosen, across: key })}
        />
        {others.length > 0 && (
          <Select
            size="small"
            aria-label={t("decisions:map_up")}
            prefix={t("decisions:map_up")}
            value={up}
            options={options(others)}
            onChange={(key) => choose({ ...chosen, up: key })}
          />
        )}
        {rest.map((one) => (
          <Held
            key={one.key}
            column={one}
            value={values[one.key] ?? ""}
            onChange={(text) => hold({ ...held, [one.key]: text })}
          />
        ))}
      </div>
      {map.isError ? (
        <p className="grey">{t("decisions:map_unread")}</p>
      ) : map.data ? (
        <div className={map.isPlaceholderData ? "decide-map decide-dim" : "decide-map"}>
          <div
            className="decide-map-grid"
            style={{
              gridTemplateColumns: `auto repeat(${map.data.across.length}, minmax(72px, 1fr))`,
              gridTemplateRows: `repeat(${map.data.up.length}, minmax(36px, 1fr)) auto`,
            }}
          >
            {map.data.up.map((piece, y) => (
              <span key={`up${y}`} className="decide-tick" style={{ gridColumn: 1, gridRow: map.data.up.length - y }}>
                {up ? <Stretch piece={piece} /> : ""}
              </span>
            ))}
            {fields(map.data.rules).map((field) => {
              const kind = kindOf(field.rules, many);
              const name = field.rules.length ? field.rules.join("、") : t("decisions:map_gap");
              return (
                <button
                  type="button"
                  key={`${field.x}.${field.y}`}
                  className={`bare decide-field decide-field-${kind}`}
                  style={{
                    gridColumn: `${field.x + 2} / span ${field.wide}`,
                    gridRow: `${map.data.up.length - field.y - field.high + 1} / span ${field.high}`,
                  }}
                  title={field.rules.length ? t("decisions:hit_rows", { rows: name }) : t("decisions:hit_none")}
                  onClick={() => field.rules[0] && onRow(field.rules[0] - 1)}
                >
                  {name}
                </button>
              );
            })}
            {map.data.across.map((piece, x) => (
              <span
                key={`across${x}`}
                className="decide-tick"
                style={{ gridColumn: x + 2, gridRow: map.data.up.length + 1 }}
              >
                <Stretch piece={piece} />
              </span>
            ))}
          </div>
          {!map.data.whole && <p className="grey small">{t("decisions:map_part")}</p>}
        </div>
      ) : null}
    </section>
  );
}

/** The value at which another input is held. */
function Held({ column, value, onChange }: { column: ColumnTree; value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const name = label(column);
  if (column.kind === "option" || column.kind === "yes_no")
    return (
      <Select
        size="small"
        aria-label={name}
        prefix={`${name} =`}
        value={value}
        options={[
          ...(column.kind === "yes_no"
            ? ["true", "false"].map((one) => ({ value: one, label: t(one === "true" ? "yes" : "no") }))
            : (column.options ?? []).map((one) => ({ value: one.key, label: one.label }))),
          { value: "", label: t("decisions:blank") },
        ]}
        onChange={onChange}
      />
    );
  return (
    <Input
      size="small"
      aria-label={name}
      prefix={`${name} =`}
      placeholder={t("decisions:blank")}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Stretch({ piece }: { piece: Piece }) {
  const { t } = useTranslation();
  if (piece.kind === "blank") return <>{t("decisions:blank")}</>;
  if (piece.kind === "other") return <>{t("decisions:map_rest")}</>;
  if (piece.kind === "word") return <>{piece.word}</>;
  const low = grouped(piece.low);
  const high = grouped(piece.high);
  if (piece.kind === "point") return <>{low}</>;
  if (piece.low === null && piece.high === null) return <>{t("decisions:any")}</>;
  if (piece.low === null) return <>{`< ${high}`}</>;
  return <>{piece.high === null ? `≥ ${low}` : `${low}–${high}`}</>;
}

/** 200000 as 200,000; a day or a percentage as it is. */
const grouped = (text: string | null) =>
  text !== null && /^-?\d{4,}(\.\d+)?$/.test(text) ? format.number(text) : text;
