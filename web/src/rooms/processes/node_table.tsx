import { useTranslation } from "react-i18next";
import { Icon, SmallTable } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Picture, Standing } from "./api";
import { lookOf, stay, useNodeWords } from "./node_words";

/** The same process as a list: for the phone, for screen readers, for those who prefer rows. */
export function NodeTable({
  picture,
  onChoose,
  onRecords,
}: {
  picture: Picture;
  onChoose: (key: string) => void;
  onRecords: (node: string, what: Standing) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useNodeWords(picture.form);
  const named = (key: string) => label(picture.nodes.find((n) => n.key === key) ?? { label: key });
  return (
    <SmallTable
      className="node-table"
      columns={[
        t("processes:step"),
        t("processes:does"),
        { right: t("processes:here") },
        { right: t("processes:passed") },
        { right: t("processes:median") },
        t("processes:then"),
      ]}
    >
      {picture.nodes.map((n) => {
        const median = stay(n.median_s);
        const ways = picture.edges.filter((e) => e.from === n.key);
        return (
          <tr key={n.key} onClick={() => onChoose(n.key)}>
            <td>
              <button type="button" className="bare row">
                <Icon name={lookOf(n.kind).icon} size={15} style={{ color: lookOf(n.kind).colour }} />
                {label(n)}
              </button>
            </td>
            <td className="grey-2">{words.node(n)}</td>
            <td className="right">
              <button
                type="button"
                className="bare figure-link"
                aria-label={t("processes:here_of", { count: n.here })}
                onClick={(e) => {
                  e.stopPropagation();
                  onRecords(n.key, "here");
                }}
              >
                {n.here}
              </button>
            </td>
            <td className="right">{n.passed ?? 0}</td>
            <td className="right">{median ? t(`processes:stay_${median.unit}`, { n: median.n }) : "—"}</td>
            <td className="grey-2">
              {ways.length === 0
                ? t("processes:ends")
                : ways.map((e) => (e.label ? `${e.label} → ${named(e.to)}` : named(e.to))).join(t("processes:comma"))}
            </td>
          </tr>
        );
      })}
    </SmallTable>
  );
}
