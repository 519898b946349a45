import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useForm } from "@/rooms/forms";
import { RecordsSide } from "./node_records";
import { type Behind, behindQuery, type Period, type Watch } from "./watch_api";
import { useWatchWords } from "./watch_words";

/** The records behind a figure of the period. */
export function BehindSide({
  watch,
  period,
  what,
  onClose,
}: {
  watch: Watch;
  period: Period;
  what: Behind;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const words = useWatchWords(watch);
  const form = useForm(watch.form);
  const found = useInfiniteQuery(behindQuery(watch.key, period, what));
  const count = found.data?.pages[0]?.count;
  const stage = [...watch.funnel.stages, ...watch.funnel.ends].find((s) => s.key === what.stage);
  const title =
    what.of === "way"
      ? `${words.step(what.node ?? "")} → ${words.step(what.to ?? "")}`
      : what.of === "stage"
        ? stage
          ? words.stage(stage)
          : t("watch:stage_not_meant")
        : what.node
          ? words.step(what.node)
          : t(`watch:of_${what.of}`);
  const visits =
    what.of === "passed" || what.of === "beyond"
      ? words.node(what.node ?? "")?.[what.of === "passed" ? "visits" : "beyond"]
      : undefined;
  return (
    <RecordsSide
      form={watch.form}
      title={title}
      told={[
        what.node || what.of === "stage" ? t(`watch:of_${what.of}`) : "",
        count !== undefined ? t("records:count_of", { n: count.toLocaleString("en"), noun: form?.noun }) : "",
        visits !== undefined && visits !== count ? t("watch:times", { count: visits }) : "",
      ]
        .filter(Boolean)
        .join(" ")}
      found={found}
      onClose={onClose}
    />
  );
}
