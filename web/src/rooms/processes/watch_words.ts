import { useTranslation } from "react-i18next";
import { useLabel } from "@/rooms/forms";
import type { Stage, Watch, WatchedNode } from "./watch_api";
import { span } from "./watch_model";

/** Words for what the page shows: durations, steps by key, stages of the funnel. */
export function useWatchWords(watch: Watch | undefined) {
  const { t } = useTranslation();
  const label = useLabel();
  const nodes = new Map(watch?.nodes.map((n) => [n.key, n]));
  const duration = (seconds: number | null | undefined) => {
    const found = span(seconds);
    return found ? t(`processes:stay_${found.unit}`, { n: found.n }) : "—";
  };
  /** 中位 2 天 · 九成在 7 天内 */
  const stays = (of: { stay: number[] | null }) =>
    of.stay && span(of.stay[1]) ? t("watch:stays", { median: duration(of.stay[0]), most: duration(of.stay[1]) }) : "";
  /** 2 天 / 7 天: the middle one, and nine of ten */
  const took = (of: { stay: number[] | null }) =>
    of.stay && span(of.stay[1]) ? `${duration(of.stay[0])} / ${duration(of.stay[1])}` : "";
  const step = (key: string) => {
    const node = nodes.get(key);
    return key === "end" ? t("watch:to_end") : node ? label(node) : key;
  };
  const stage = (one: Stage) =>
    one.label ? label(one) : t(`watch:stage_${one.key.replace(":", "_")}`, { defaultValue: one.key });
  const workdays = (node: WatchedNode) =>
    node.workdays ? t("watch:workdays", { n: Math.round((node.workdays[0] ?? 0) * 10) / 10 }) : "—";
  return { duration, stays, took, step, stage, workdays, node: (key: string) => nodes.get(key) };
}
