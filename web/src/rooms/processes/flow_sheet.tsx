/** What publishing a drawn process changes, and what becomes of what runs: two parts of the publish sheet. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import { differences, wayChanges, wholeDifferences } from "./flow_diff";
import { useDifferenceWords } from "./flow_diff_words";
import { marks } from "./flow_marks";
import { isStart, type ProcessTree } from "./flow_tree";
import { useFlowWords } from "./flow_words";
import { foreseenQuery } from "./migration_api";

const GONE = ["added", "removed"];
/** Steps that came, changed or went; the ways among those that stay, but for one that a new step stands on. */
function changesOf(before: ProcessTree, after: ProcessTree) {
  const found = marks(before, after);
  const all = [...wayChanges(before, after).values()];
  const through = (from: string, to: string) =>
    all.some((w) => w.from === from && found.get(w.to) === "added" && all.some((x) => x.from === w.to && x.to === to));
  const ways = all.filter(
    (w) =>
      !GONE.includes(found.get(w.from) ?? "") &&
      !GONE.includes(found.get(w.to) ?? "") &&
      !(w.mark === "removed" && through(w.from, w.to)),
  );
  return { found, ways, whole: wholeDifferences(before, after) };
}
export const changeCount = (before: ProcessTree, after: ProcessTree): number => {
  const { found, ways, whole } = changesOf(before, after);
  return found.size + ways.length + (whole.length > 0 ? 1 : 0);
};

/** A line for each step that came, changed or went, and one for the ways among those that stay. */
export function FlowChanges({ before, after }: { before: ProcessTree; after: ProcessTree }) {
  const { t } = useTranslation();
  const old = useFlowWords(before);
  const now = useFlowWords(after);
  const was = useDifferenceWords(before);
  const is = useDifferenceWords(after);
  const { found, ways, whole } = changesOf(before, after);
  const said = (of: ReturnType<typeof differences>) =>
    of
      .map(
        (one) =>
          `${is.name(one.attribute)} ${was.value(one.attribute, one.before)} → ${is.value(one.attribute, one.after)}`,
      )
      .join(t("processes:comma"));
  const rows = [
    ...(whole.length > 0 ? [{ key: "", title: t("flow:sheet_whole"), note: said(whole) }] : []),
    ...[...found].map(([key, mark]) => {
      const words = mark === "removed" ? old.of(key) : now.of(key);
      return {
        key,
        title: t(`flow:sheet_${mark}`, {
          kind: t(`processes:kind_${isStart(key) ? "start" : words.kind}`, { defaultValue: words.kind }),
          name: words.title,
        }),
        note: mark === "changed" ? said(differences(before, after, key)) || t("flow:sheet_ways_of") : words.fact,
      };
    }),
    ...ways.map((w) => ({
      key: `${w.from}>${w.to}`,
      title: t(`flow:sheet_way_${w.mark}`, { from: now.of(w.from).title, to: now.of(w.to).title }),
      note: "",
    })),
  ];
  if (rows.length === 0) return null;
  return (
    <>
      {rows.map((one) => (
        <div key={one.key} className="pub-row">
          <Chip tone="brand">{t("design:way_instant")}</Chip>
          <span className="pub-what">
            <b>{one.title}</b>
            {one.note && <span className="grey small pub-note">{one.note}</span>}
          </span>
        </div>
      ))}
    </>
  );
}

/** How many are under way, and how many of them could follow once it is published. */
export function RunningAfter({ process, number, stamp }: { process: string; number: number; stamp: string }) {
  const { t } = useTranslation();
  const seen = useQuery({ ...foreseenQuery(process, true, `${number}:${stamp}`), retry: false }).data;
  if (!seen || seen.open === 0) return <p className="pub-none">{t("flow:sheet_nothing_runs")}</p>;
  const figures = [
    { count: seen.open, word: t("flow:sheet_open"), tone: "" },
    { count: seen.moves, word: t("flow:sheet_moves"), tone: "good" },
    { count: seen.choose, word: t("flow:sheet_choose"), tone: seen.choose > 0 ? "warn" : "" },
    { count: seen.cannot, word: t("flow:sheet_cannot"), tone: seen.cannot > 0 ? "bad" : "" },
  ];
  return (
    <p className="pub-none flow-figures">
      {figures.map((one) => (
        <span key={one.word}>
          <b className={one.tone}>{one.count}</b> {one.word}
        </span>
      ))}
    </p>
  );
}
