import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import { useTheme } from "@/theme";
import { type Paper, svg } from "./flow_export";
import { type Mark, marks, type ProcessTree } from "./flow_tree";
import { useFlowWords } from "./flow_words";
import { lookOf } from "./node_words";

const TONES = { added: "brand", changed: "info", removed: "urgent" } as const;

/** Colours and words of a picture of a process. */
export function usePaper(): Paper {
  const { t } = useTranslation();
  const { palette } = useTheme();
  const look = (colour: string, mark: Mark) => ({ colour, word: t(`flow:mark_${mark}`) });
  return {
    page: palette.bg,
    card: palette.surface,
    line: palette.text3,
    text: palette.text1,
    grey: palette.text2,
    marks: {
      added: look(palette.brand, "added"),
      changed: look(palette.info, "changed"),
      removed: look(palette.urgent, "removed"),
    },
  };
}

/** The version in force beside what is drawn: what came is marked right, what goes left, what changed on both sides. */
export function Compare({
  current,
  draft,
  number,
  onClose,
  onChoose,
}: {
  current: ProcessTree;
  draft: ProcessTree;
  number: number;
  onClose: () => void;
  onChoose: (key: string) => void;
}) {
  const { t } = useTranslation();
  const paper = usePaper();
  const before = useFlowWords(current);
  const after = useFlowWords(draft);
  const found = marks(current, draft);
  const drawn = (tree: ProcessTree, words: typeof before, hidden: Mark) => {
    const shown = new Map([...found].filter(([, mark]) => mark !== hidden));
    const named = (key: string) => {
      const { title, fact, kind } = words.of(key);
      return { title, fact, colour: lookOf(kind).colour };
    };
    return svg(tree, named, words.ways, paper, shown).text;
  };
  return (
    <Modal
      open
      width="calc(100vw - 64px)"
      style={{ top: 32 }}
      footer={null}
      title={t("flow:compare_title", { n: number })}
      onCancel={onClose}
    >
      <div className="flow-compare">
        {(
          [
            ["in_force", current, before, "added"],
            ["draft", draft, after, "removed"],
          ] as const
        ).map(([which, tree, words, hidden]) => (
          <section
            key={which}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys
            tabIndex={0}
            aria-label={t(`flow:compare_${which}`)}
            onScroll={(e) => {
              const { scrollLeft, scrollTop, parentElement } = e.currentTarget;
              for (const other of parentElement?.children ?? [])
                if (other !== e.currentTarget) other.scrollTo(scrollLeft, scrollTop);
            }}
          >
            <header>{t(`flow:compare_${which}`)}</header>
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: made here, every text in it is escaped */}
            <div dangerouslySetInnerHTML={{ __html: drawn(tree, words, hidden) }} />
          </section>
        ))}
      </div>
      {found.size === 0 ? (
        <p className="grey flow-changes">{t("flow:compare_same")}</p>
      ) : (
        <ul className="flow-changes" aria-label={t("flow:compare_list")}>
          {[...found].map(([key, mark]) => (
            <li key={key} className="flow-line">
              <Chip tone={TONES[mark]}>{t(`flow:mark_${mark}`)}</Chip>
              {mark === "removed" ? (
                <span>{before.of(key).title}</span>
              ) : (
                <button type="button" className="bare figure-link" onClick={() => onChoose(key)}>
                  {after.of(key).title}
                </button>
              )}
              <span className="grey small cut">{(mark === "removed" ? before : after).of(key).fact}</span>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
}
