import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Empty, format, Icon, type IconName, Lines, useClock } from "@/kit";
import { type Entry, entriesQuery, type Simulation } from "./api";

const ICONS: Record<Entry["kind"], IconName> = { task: "todo", message: "mail", renewed: "archive" };

/** One record step by step. */
export function OneRecord({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  const { today, zone } = useClock();
  const all = useQuery(entriesQuery(one.id, {}));
  const records = useMemo(() => {
    const found = new Map<number, string>();
    for (const e of all.data ?? []) if (e.record_id !== null) found.set(e.record_id, e.record);
    return [...found].map(([value, label]) => ({ value, label }));
  }, [all.data]);
  const [chosen, setChosen] = useState<number | null>(null);
  const id = chosen ?? records[0]?.value ?? null;
  const steps = useQuery({ ...entriesQuery(one.id, { record_id: id ?? 0 }), enabled: id !== null });
  return (
    <Card
      title={t("simulations:one_record")}
      extra={
        records.length > 0 && (
          <Select
            value={id}
            options={records}
            onChange={setChosen}
            optionFilterProp="label"
            popupMatchSelectWidth={false}
            style={{ minWidth: 150 }}
            aria-label={t("simulations:choose_record")}
          />
        )
      }
    >
      {all.isSuccess && records.length === 0 ? (
        <Empty>{t("simulations:no_tasks")}</Empty>
      ) : !steps.data ? (
        <Lines rows={5} />
      ) : (
        <ol className="future">
          {steps.data.map((e, i) => {
            const { day, time } = format.local(e.at, zone);
            return (
              <li key={i}>
                <time dateTime={e.at} className="grey-2 nowrap">
                  {format.date(day, { short: true, today })} {time}
                </time>
                <span className="future-mark">
                  <Icon name={ICONS[e.kind]} size={15} />
                </span>
                <span className="spread">{e.label}</span>
                <span className="grey cut">{e.name ?? ""}</span>
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}
