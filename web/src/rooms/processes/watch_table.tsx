import { useTranslation } from "react-i18next";
import { Chip, Icon, SmallTable } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { lookOf } from "./node_words";
import type { Behind, Watch, WatchedNode } from "./watch_api";
import { useWatchWords } from "./watch_words";

interface Given {
  watch: Watch;
  onOpen: (what: Behind) => void;
  onHere: (node: string) => void;
}

/** Every step with its figures: for the phone, for screen readers, for those who prefer rows. */
export function WatchTable({ watch, onOpen, onHere }: Given) {
  const { t } = useTranslation();
  const words = useWatchWords(watch);
  return (
    <SmallTable
      className="watch-table"
      columns={[
        t("processes:step"),
        { right: t("watch:passed") },
        { right: t("watch:median") },
        { right: t("watch:p90") },
        { right: t("watch:before") },
        { right: t("watch:in_workdays") },
        { right: t("processes:here") },
        t("watch:ways"),
      ]}
    >
      {watch.nodes.map((n) => (
        <tr key={n.key}>
          <td>
            <Step node={n} />
          </td>
          <td className="right">
            <Figure n={n.visits} onClick={() => onOpen({ of: "passed", node: n.key })} />
          </td>
          <td className="right">{words.duration(n.stay?.[0])}</td>
          <td className="right">{words.duration(n.stay?.[1])}</td>
          <td className="right grey">
            {n.was.visits > 0 ? t("watch:was_line", { n: n.was.visits, median: words.duration(n.was.stay?.[0]) }) : "—"}
          </td>
          <td className="right">
            {n.allowed !== null && n.workdays ? (
              <>
                {words.workdays(n)} <span className="grey">/ {n.allowed}</span>
              </>
            ) : (
              "—"
            )}
          </td>
          <td className="right">
            <Figure n={n.here} onClick={() => onHere(n.key)} />
          </td>
          <td className="grey-2 watch-ways">
            {watch.edges
              .filter((e) => e.from === n.key)
              .map((e) => (
                <button
                  key={e.to}
                  type="button"
                  className="bare figure-link watch-way"
                  onClick={() => onOpen({ of: "way", node: n.key, to: e.to })}
                >
                  {t("watch:way", { step: words.step(e.to), n: e.visits, share: Math.round(e.share * 100) })}
                </button>
              ))}
          </td>
        </tr>
      ))}
    </SmallTable>
  );
}

function Step({ node }: { node: WatchedNode }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <span className="row">
      <Icon name={lookOf(node.kind).icon} size={15} style={{ color: lookOf(node.kind).colour }} />
      <span>{label(node)}</span>
      {node.slow && <Chip tone="urgent">{t("watch:slow")}</Chip>}
      {node.gone && <Chip>{t("watch:gone")}</Chip>}
    </span>
  );
}

export function Figure({ n, onClick }: { n: number; onClick: () => void }) {
  if (n === 0) return <span className="grey">0</span>;
  return (
    <button type="button" className="bare figure-link" onClick={onClick}>
      {n}
    </button>
  );
}

/** Where people take longest, and how often longer than the step allows. */
export function Slowest({ watch, onOpen }: Omit<Given, "onHere">) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useWatchWords(watch);
  const rows = watch.slowest.flatMap((key) => words.node(key) ?? []);
  if (rows.length === 0) return <p className="grey watch-none">{t("watch:no_slowest")}</p>;
  return (
    <SmallTable
      className="watch-slowest"
      columns={[
        t("processes:step"),
        { right: t("watch:median") },
        { right: t("watch:p90") },
        { right: t("watch:beyond") },
      ]}
    >
      {rows.map((n) => (
        <tr key={n.key}>
          <td>
            <span className="row">
              <span className="cut">{label(n)}</span>
              {n.slow && <Chip tone="urgent">{t("watch:slow")}</Chip>}
              {n.few && <Chip>{t("watch:few")}</Chip>}
            </span>
          </td>
          <td className="right">{words.duration(n.stay?.[0])}</td>
          <td className="right">{words.duration(n.stay?.[1])}</td>
          <td className="right nowrap" title={t("watch:allowed", { count: n.allowed ?? 0 })}>
            <Figure n={n.beyond} onClick={() => onOpen({ of: "beyond", node: n.key })} />
            <span className="grey"> / {n.visits}</span>
          </td>
        </tr>
      ))}
    </SmallTable>
  );
}
