import { Button, Popover, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, type IconName, Lines } from "@/kit";
import type { Form } from "@/rooms/forms";
import type { Row } from "./api";
import { useColumn } from "./cell";
import type { Colour } from "./state";

const FilterPanel = lazy(async () => ({ default: (await import("./filter_panel")).FilterPanel }));

type Level = Colour["level"];
const LEVELS: readonly Level[] = ["brand", "info", "warn", "urgent", "overdue"];
const MOST = 10;
/** No meaning by hue alone: each colour has its mark. */
const MARK: Record<Level, IconName> = {
  brand: "tick",
  info: "clock",
  warn: "hourglass",
  urgent: "flame",
  overdue: "bang",
};

/** The colour of a row (key "") and of its cells: the first condition that holds wins. */
export function coloursOf(row: Row, colours: readonly Colour[]): Map<string, Level> {
  const met = row.$colours as unknown as number[] | undefined;
  const found = new Map<string, Level>();
  for (const at of met ?? []) {
    const one = colours[at];
    if (one && !found.has(one.field ?? "")) found.set(one.field ?? "", one.level);
  }
  return found;
}

export function ColourMark({ level }: { level: Level }) {
  const { t } = useTranslation();
  return (
    <span className={`tone-mark tone-mark-${level}`} title={t(`records:colour_${level}`)}>
      <Icon name={MARK[level]} size={13} />
      <span className="sr">{t(`records:colour_${level}`)}</span>
    </span>
  );
}

/** Rules of colour: when, which colour, the row or one column. */
export function ColoursButton({
  form,
  columns,
  colours,
  onColours,
}: {
  form: Form;
  columns: readonly string[];
  colours: readonly Colour[];
  onColours: (colours: Colour[]) => void;
}) {
  const { t } = useTranslation();
  const column = useColumn(form);
  // a rule that has no condition yet is nobody's business
  const [fresh, setFresh] = useState<Colour[]>([]);
  const all = [...colours, ...fresh];
  const set = (at: number, next: Colour | null) => {
    const rules = all.flatMap((one, i) => (i === at ? (next ?? []) : one));
    setFresh(rules.filter((one) => !one.when));
    onColours(rules.filter((one) => one.when));
  };
  const targets = [
    { value: "", label: t("records:colour_row") },
    ...columns.flatMap((path) => {
      const found = column(path);
      return found ? [{ value: path, label: found.text }] : [];
    }),
  ];
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <div className="pop colours-pop">
          {all.map((one, at) => (
            <div key={`${at} ${all.length}`} className="colour-rule">
              <div className="row">
                <Select
                  value={one.level}
                  aria-label={t("records:colour")}
                  style={{ width: 120 }}
                  options={LEVELS.map((level) => ({
                    value: level,
                    label: (
                      <span className="row">
                        <ColourMark level={level} />
                        {t(`records:colour_${level}`)}
                      </span>
                    ),
                  }))}
                  onChange={(level) => set(at, { ...one, level })}
                />
                <Select
                  value={one.field ?? ""}
                  aria-label={t("records:colour_where")}
                  style={{ width: 160 }}
                  options={targets}
                  onChange={(field) => set(at, { ...one, field: field || null })}
                />
                <span className="spread" />
                <button
                  type="button"
                  className="icon-button small-button"
                  aria-label={t("records:colour_remove")}
                  onClick={() => set(at, null)}
                >
                  <Icon name="close" size={14} />
                </button>
              </div>
              <Suspense fallback={<Lines rows={1} />}>
                <FilterPanel form={form} filter={one.when} onFilter={(when) => set(at, { ...one, when })} />
              </Suspense>
            </div>
          ))}
          {all.length < MOST && (
            <Button
              size="small"
              icon={<Icon name="plus" size={13} />}
              onClick={() => setFresh([...fresh, { level: "warn", field: null, when: "" }])}
            >
              {t("records:colour_add")}
            </Button>
          )}
        </div>
      }
    >
      <Button
        className={colours.length ? "tinted" : undefined}
        icon={<Icon name="drop" size={15} />}
        aria-label={t("records:colours")}
        title={t("records:colours")}
      />
    </Popover>
  );
}
