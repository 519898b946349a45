import { useQuery } from "@tanstack/react-query";
import { Modal, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Fetched, format, useClock } from "@/kit";
import { useTheme } from "@/theme";
import { type Difference, differences, wayChanges, wholeDifferences } from "./flow_diff";
import { useDifferenceWords } from "./flow_diff_words";
import { type Paper, svg } from "./flow_export";
import { type Mark, marks } from "./flow_marks";
import { isStart, nodeOf, type ProcessTree, startOf, waysOf } from "./flow_tree";
import { useFlowWords } from "./flow_words";
import { lookOf } from "./node_words";
import { versionQuery, versionsQuery } from "./versions_api";

const TONES = { added: "brand", changed: "info", removed: "urgent" } as const;
const DRAFT = 0;
const SCALE = 0.72;

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

/** Two versions of a process side by side, any two: what came is marked right, what went left, what changed on both. */
export function Compare({
  process,
  draft = null,
  onClose,
  onChoose,
}: {
  process: string;
  /** what is drawn, where something is */
  draft?: ProcessTree | null;
  onClose: () => void;
  /** a step of the right side, where it is the draft */
  onChoose?: (key: string) => void;
}) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const versions = useQuery(versionsQuery(process));
  const listed = versions.data ?? [];
  const live = listed.find((v) => v.current)?.number ?? DRAFT;
  const before = listed.find((v) => v.number < live)?.number ?? live;
  const [chosen, setChosen] = useState<{ left?: number; right?: number }>({});
  const left = chosen.left ?? (draft ? live : before);
  const right = chosen.right ?? (draft ? DRAFT : live);
  const trees = [useQuery(versionQuery(process, left)), useQuery(versionQuery(process, right))] as const;
  const [one, other] = [left, right].map((n, i) => (n === DRAFT ? draft : trees[i]?.data?.tree)) as (
    | ProcessTree
    | null
    | undefined
  )[];
  const options = [
    ...(draft ? [{ value: DRAFT, label: t("flow:compare_draft") }] : []),
    ...listed.map((v) => ({
      value: v.number,
      label: [
        v.current ? t("flow:version_live", { n: v.number }) : t("flow:version_n", { n: v.number }),
        format.local(v.at, zone).day,
        v.by,
      ]
        .filter(Boolean)
        .join(" · "),
    })),
  ];
  return (
    <Modal
      open
      width="calc(100vw - 64px)"
      style={{ top: 32 }}
      footer={null}
      title={t("flow:compare_title")}
      onCancel={onClose}
    >
      <Fetched of={versions} rows={6}>
        {() => (
          <>
            <div className="flow-compare-heads">
              {(["left", "right"] as const).map((side) => (
                <Select
                  key={side}
                  aria-label={t(`flow:compare_${side}`)}
                  value={side === "left" ? left : right}
                  options={options}
                  popupMatchSelectWidth={false}
                  onChange={(n: number) => setChosen({ ...chosen, [side]: n })}
                />
              ))}
            </div>
            {one && other ? (
              <Sides
                key={`${left}:${right}`}
                before={one}
                after={other}
                {...(right === DRAFT && onChoose ? { onChoose } : {})}
              />
            ) : (
              <Fetched of={trees[0].data || left === DRAFT ? trees[1] : trees[0]} rows={8}>
                {() => null}
              </Fetched>
            )}
          </>
        )}
      </Fetched>
    </Modal>
  );
}

function Sides({
  before,
  after,
  onChoose,
}: {
  before: ProcessTree;
  after: ProcessTree;
  onChoose?: (key: string) => void;
}) {
  const { t } = useTranslation();
  const paper = usePaper();
  const old = useFlowWords(before);
  const now = useFlowWords(after);
  const found = marks(before, after);
  const ways = wayChanges(before, after);
  const whole = wholeDifferences(before, after);
  const drawn = (tree: ProcessTree, words: typeof old, hidden: Mark) => {
    const named = (key: string) => {
      const { title, fact, kind } = words.of(key);
      return { title, fact, colour: lookOf(kind).colour };
    };
    const shown = new Map([...found].filter(([, mark]) => mark !== hidden));
    const led = new Map([...ways].flatMap(([id, w]): [string, Mark][] => (w.mark === hidden ? [] : [[id, w.mark]])));
    const { text, width, height } = svg(tree, named, words.ways, paper, shown, led);
    // both sides at one scale
    return text.replace(/ width="[^"]*" height="[^"]*"/, ` width="${width * SCALE}" height="${height * SCALE}"`);
  };
  const titled = (key: string) => (now.of(key).title === key ? old : now).of(key).title;
  /** by which cases a way is taken, where they are called something */
  const through = (tree: ProcessTree, words: typeof old, from: string, to: string) => {
    const node = isStart(from) ? undefined : nodeOf(tree, from);
    const slots = node ? waysOf(node).filter((w) => w.to === to && w.slot !== "next" && !/^branches/.test(w.slot)) : [];
    return slots.map((w) => words.slot(w)).join(" / ");
  };
  const panes = useRef<HTMLDivElement>(null);
  const show = (which: string) =>
    panes.current?.querySelectorAll(which).forEach((one) => {
      one.scrollIntoView({ block: "center", inline: "center" });
    });
  useEffect(() => {
    panes.current?.querySelector("[data-mark]")?.scrollIntoView({ block: "center", inline: "center" });
  }, []);
  return (
    <>
      <div className="flow-compare" ref={panes}>
        {(
          [
            ["left", before, old, "added"],
            ["right", after, now, "removed"],
          ] as const
        ).map(([side, tree, words, hidden]) => (
          <section
            key={side}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys
            tabIndex={0}
            aria-label={t(`flow:compare_${side}`)}
            onScroll={(e) => {
              const { scrollLeft, scrollTop, parentElement } = e.currentTarget;
              for (const other of parentElement?.children ?? [])
                if (other !== e.currentTarget) other.scrollTo(scrollLeft, scrollTop);
            }}
          >
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: made here, every text in it is escaped */}
            <div dangerouslySetInnerHTML={{ __html: drawn(tree, words, hidden) }} />
          </section>
        ))}
      </div>
      {found.size + ways.size + whole.length === 0 ? (
        <p className="grey flow-changes">{t("flow:compare_same")}</p>
      ) : (
        <ul className="flow-changes" aria-label={t("flow:compare_list")}>
          {whole.length > 0 && (
            <li>
              <span className="flow-line">
                <Chip tone="info">{t("flow:mark_changed")}</Chip>
                <b>{t("flow:whole")}</b>
              </span>
              <Attributes before={before} after={after} of={whole} />
            </li>
          )}
          {[...found].map(([key, mark]) => (
            <li key={key}>
              <span className="flow-line">
                <Chip tone={TONES[mark]}>{t(`flow:mark_${mark}`)}</Chip>
                <button
                  type="button"
                  className="bare figure-link"
                  onClick={() =>
                    onChoose && (nodeOf(after, key) ?? startOf(after, key))
                      ? onChoose(key)
                      : show(`[data-key="${key}"]`)
                  }
                >
                  {titled(key)}
                </button>
                <span className="grey small cut">{(mark === "removed" ? old : now).of(key).fact}</span>
              </span>
              {mark === "changed" && <Attributes before={before} after={after} of={differences(before, after, key)} />}
            </li>
          ))}
          {[...ways].map(([id, way]) => (
            <li key={id} className="flow-line">
              <Chip tone={TONES[way.mark]}>{t(`flow:mark_${way.mark}`)}</Chip>
              <span>{t("flow:compare_way", { from: titled(way.from), to: titled(way.to) })}</span>
              <span className="grey small cut">
                {way.mark === "removed"
                  ? through(before, old, way.from, way.to)
                  : through(after, now, way.from, way.to)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** 办理时限 3 → 5 */
function Attributes({ before, after, of }: { before: ProcessTree; after: ProcessTree; of: readonly Difference[] }) {
  const { t } = useTranslation();
  const old = useDifferenceWords(before);
  const now = useDifferenceWords(after);
  return (
    <ul className="flow-attributes">
      {of.map((one) => (
        <li key={`${one.list?.name ?? ""}${one.list?.n ?? ""}${one.attribute}`}>
          <span className="grey">
            {one.list && `${t(`flow:slot_${one.list.name}`, { n: one.list.n + 1 })} · `}
            {now.name(one.attribute)}
          </span>{" "}
          <del>{old.value(one.attribute, one.before)}</del> → <ins>{now.value(one.attribute, one.after)}</ins>
        </li>
      ))}
    </ul>
  );
}
