import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Tabs } from "@/kit";
import { type Field, type Form, layoutOf, type Section, useLabel } from "@/rooms/forms";

interface Parts {
  form: Form;
  /** the fields to show; cells of others stay empty */
  fields: readonly Field[];
  field: (field: Field) => ReactNode;
  subTable?: (collection: string) => ReactNode;
}

/** The fields as the form's layout has them: tabs of sections of columns, with its words between them. A tab or section
without anything to show is left out. `tab` from outside: the editor turns to the tab with a fault. */
export function LaidOut({
  tab,
  onTab,
  marks,
  ...parts
}: Parts & { tab?: number; onTab?: (tab: number) => void; marks?: (keys: string[]) => number }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [own, setOwn] = useState(0);
  const tabs = shownTabs(parts);
  const active = Math.min(tab ?? own, tabs.length - 1);
  return (
    <div className="laid-out">
      {tabs.length > 1 && (
        <Tabs
          label={t("forms:tabs")}
          items={tabs.map((one, at) => {
            const wrong = marks?.(one.sections.flatMap((s) => s.cells.flatMap((c) => c.field ?? [])));
            return { key: String(at), label: label(one) || t("forms:tab_n", { n: at + 1 }), count: wrong || undefined };
          })}
          active={String(active)}
          onChange={(key) => (onTab ?? setOwn)(Number(key))}
        />
      )}
      {tabs.map((one, at) => (
        // what was typed in another tab stays
        <div key={at} hidden={at !== active} className="laid-out-tab">
          {one.sections.map((section, s) => (
            <SectionOf key={s} {...parts} section={section} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** Where a field stands. */
export function tabOf(parts: Omit<Parts, "field">, key: string): number {
  return shownTabs(parts).findIndex((tab) => tab.sections.some((s) => s.cells.some((c) => c.field === key)));
}

function shownTabs({ form, fields, subTable }: Omit<Parts, "field">) {
  const known = new Set(fields.map((f) => f.key));
  const told = (section: Section) => ({
    ...section,
    cells: section.cells.filter((c) => (c.field ? known.has(c.field) : c.sub_table ? subTable : c.text)),
  });
  return layoutOf(form)
    .map((tab) => ({
      ...tab,
      sections: tab.sections.map(told).filter((s) => s.cells.some((c) => c.field ?? c.sub_table)),
    }))
    .filter((tab) => tab.sections.length > 0);
}

function SectionOf({ fields, field, subTable, section }: Parts & { section: Section }) {
  const label = useLabel();
  const id = useId();
  const [closed, setClosed] = useState(section.closed);
  const title = label(section);
  return (
    <section className="laid-out-section" aria-labelledby={title ? id : undefined}>
      {title && (
        <h3 id={id}>
          {section.closed ? (
            <button type="button" className="bare row" aria-expanded={!closed} onClick={() => setClosed(!closed)}>
              <Icon name={closed ? "rightward" : "down"} size={14} />
              {title}
            </button>
          ) : (
            title
          )}
        </h3>
      )}
      {!(closed && title) && (
        <div className="laid-out-grid" style={{ "--columns": section.columns } as React.CSSProperties}>
          {section.cells.map((cell, at) => {
            const known = fields.find((f) => f.key === cell.field);
            const span = cell.sub_table ? section.columns : Math.min(cell.span, section.columns);
            return (
              <div key={cell.field ?? at} style={{ gridColumn: `span ${span}` }}>
                {known ? (
                  field(known)
                ) : cell.sub_table ? (
                  subTable?.(cell.sub_table)
                ) : (
                  <p className="grey">{label({ label: cell.text ?? null, label_en: cell.text_en ?? null })}</p>
                )}
              </div>
            );
          })}
        </div>
      )}
    </section>
  );
}
