import { useQuery } from "@tanstack/react-query";
import { Radio } from "antd";
import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { type Answer, type Effect, effectsQuery } from "./api";

const ANSWERS: readonly Answer[] = ["tasks", "latest", "all", "none"];

/** What the records would set off now, and which of it may happen: asked before anything is written. */
export function Effects({
  id,
  stamp,
  answer,
  onAnswer,
}: {
  id: number;
  /** changes with each dry run */
  stamp: number;
  answer: Answer;
  onAnswer: (answer: Answer) => void;
}) {
  const { t } = useTranslation();
  const effects = useQuery(effectsQuery(id, stamp));
  const all = Object.values(effects.data ?? {}).flat();
  const tasks = all.filter((e) => e.kind === "task");
  const inside = all.filter((e) => e.kind !== "task" && !e.outward);
  const outside = all.filter((e) => e.outward);
  return (
    <section className="card effects" aria-label={t("imports:answer_title")}>
      <div className="row effects-what" aria-busy={effects.isPending}>
        <b>{t("imports:answer_title")}</b>
        {effects.isPending && <span className="bone" style={{ width: 220 }} />}
        {effects.isError && <span className="grey">{t("imports:effects_unknown")}</span>}
        {effects.data === null && <span className="grey">{t("imports:effects_many")}</span>}
        {effects.data && all.length === 0 && <span className="grey">{t("imports:effects_none")}</span>}
        <Kind name={t("imports:effects_tasks")} rows={tasks} off={answer === "none"} />
        <Kind name={t("imports:effects_inside")} rows={inside} off={answer === "none"} />
        <Kind name={t("imports:effects_outside")} rows={outside} off={answer === "none" || answer === "tasks"} />
      </div>
      <Radio.Group value={answer} onChange={(e) => onAnswer(e.target.value as Answer)}>
        {ANSWERS.map((a) => (
          <Radio key={a} value={a}>
            {t(`imports:answer_${a}`)}
            <span className="grey small"> {t(`imports:answer_${a}_fact`)}</span>
          </Radio>
        ))}
      </Radio.Group>
    </section>
  );
}

function Kind({ name, rows, off }: { name: string; rows: readonly Effect[]; off: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (rows.length === 0) return null;
  return (
    <span className={off ? "row effects-off" : "row"}>
      <span className="grey-2">{name}</span>
      {rows.map((e) => (
        <Chip key={`${e.process}.${e.node}`} tone={off ? "plain" : "info"}>
          {t("imports:effect", { label: label(e), n: e.count.toLocaleString("en") })}
        </Chip>
      ))}
    </span>
  );
}
