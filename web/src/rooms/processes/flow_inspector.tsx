import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { FieldError, Icon } from "@/kit";
import type { DesignProblem } from "@/rooms/design";
import { useLabel } from "@/rooms/forms";
import { Line } from "@/rooms/forms/lines";
import { NodeFields } from "./flow_fields";
import { isStart, keyAt, linksOf, nodeOf, nodesOf, type ProcessTree, startOf, waysOf } from "./flow_tree";
import { StartFields, WholeFields } from "./flow_whole";
import { useFlowWords } from "./flow_words";
import { kindOf, lookOf } from "./node_words";
import type { Flow } from "./use_flow";

/** Attributes whose problem stands at their field; that of an approval may be on another tab. */
const AT_FIELD =
  /^(who|named|fill$|until|met|arrives|hook|when|wanted|template|form|of|need|record|target_id|set\.|case_|cases\[|date|process|over|url|seal|title|critical|propose|touched)/;

/** What the chosen step is, in business words; with none chosen, the process as a whole. */
export function FlowInspector({
  tree,
  flow,
  problems,
}: {
  tree: ProcessTree;
  flow: Flow;
  problems: readonly DesignProblem[];
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useFlowWords(tree);
  const [key = "", ...more] = flow.chosen;
  if (more.length > 0)
    return (
      <div className="inspector flow-inspector">
        <header className="row">
          <h2>{t("flow:chosen_many", { count: flow.chosen.length })}</h2>
        </header>
        <div className="inspector-body">
          <p className="grey">{t("flow:chosen_many_note")}</p>
          <Button onClick={flow.remove}>{t("flow:delete")}</Button>
        </div>
      </div>
    );
  const node = nodeOf(tree, key);
  const start = startOf(tree, key);
  const one = node ?? start;
  const kind = node ? kindOf(node) : start ? "start" : "";
  const mine = problems.filter((p) => (one ? keyAt(tree, p.path) === key : keyAt(tree, p.path) === null));
  /** the problem of an attribute: its path begins with one of these, behind the node's own place */
  const problem = (...attributes: string[]) =>
    mine.find((p) => {
      const inside = one ? p.path.replace(/^(nodes|start)\[\d+\]\.?/, "") : p.path;
      return (
        p.severity === "error" &&
        attributes.some((a) => inside === a || (/^[.[]/.test(inside.slice(a.length)) && inside.startsWith(a)))
      );
    }) ?? null;
  const told = mine.filter(
    (p) =>
      p.severity === "hint" || kind === "approval" || !AT_FIELD.test(p.path.replace(/^(nodes|start)\[\d+\]\.?/, "")),
  );
  if (!one)
    return (
      <div className="inspector flow-inspector">
        <header className="row">
          <h2 className="cut">{t("flow:whole")}</h2>
        </header>
        <div className="inspector-body">
          <WholeFields tree={tree} set={flow.head} problem={problem} />
        </div>
      </div>
    );
  const set = (values: Record<string, unknown>, what: string) => flow.set(key, values, what);
  const shared = { node: one, tree, form: flow.form, set, problem };
  const others = nodesOf(tree).filter((n) => n.key !== key);
  const { title, fact } = words.of(key);
  const around = (end: "from" | "to") => linksOf(tree).filter((l) => l[end === "from" ? "to" : "from"] === key);
  const [before, ...befores] = around("from");
  const [after, ...afters] = around("to");
  const between =
    before && after && befores.length + afters.length === 0
      ? t("flow:between", { before: flow.nameOf(before.from), after: flow.nameOf(after.to) })
      : "";
  return (
    <div className="inspector flow-inspector" key={key}>
      <header className="row">
        <span className="box-icon" style={{ background: lookOf(kind).colour }}>
          <Icon name={lookOf(kind).icon} size={16} />
        </span>
        <div className="spread cut">
          <h2 className="cut">{title}</h2>
          <p className="grey small cut">
            {t(`processes:kind_${kind}`, { defaultValue: kind })}
            {between && ` · ${between}`}
            {!between && fact && fact !== t(`processes:kind_${kind}`, { defaultValue: kind }) && ` · ${fact}`}
          </p>
        </div>
        <button
          type="button"
          className="icon-button"
          aria-label={t("flow:delete_name", { name: title })}
          onClick={flow.remove}
        >
          <Icon name="trash" size={16} />
        </button>
      </header>
      {told.length > 0 && (
        <div className="flow-problems">
          {told.map((p) => (
            <FieldError key={`${p.code}${p.path}`}>{p.text}</FieldError>
          ))}
        </div>
      )}
      <div className="inspector-body">
        <Line id="flow-label" label={t("flow:name")}>
          <Input
            id="flow-label"
            value={one.label ?? ""}
            maxLength={80}
            onChange={(e) => set({ label: e.target.value }, t("flow:name"))}
          />
        </Line>
        {isStart(key) ? <StartFields {...shared} /> : <NodeFields {...shared} />}
        {node && waysOf(node).length > 0 && (
          <>
            <h3>{t("processes:then")}</h3>
            {waysOf(node).map((way) => {
              const name = words.slot(way);
              return (
                <span className="flow-line" key={way.slot}>
                  {way.slot !== "next" && <span className="cut flow-slot">{name}</span>}
                  <Select
                    aria-label={t("flow:leads_to", { name })}
                    value={way.to || ""}
                    options={[
                      { value: "", label: t(way.slot === "on_error" ? "flow:stays_failed" : "flow:end") },
                      ...others.map((n) => ({ value: n.key, label: label(n) || n.key })),
                    ]}
                    onChange={(to) => flow.way(key, way.slot, to || (way.slot === "otherwise" ? "end" : ""))}
                  />
                </span>
              );
            })}
          </>
        )}
        <Line id="flow-label-en" label={t("forms:attribute_label_en")}>
          <Input
            id="flow-label-en"
            value={one.label_en ?? ""}
            maxLength={80}
            onChange={(e) => set({ label_en: e.target.value }, t("forms:attribute_label_en"))}
          />
        </Line>
        {node && (
          <Line id="flow-note" label={t("flow:note")}>
            <Input.TextArea
              id="flow-note"
              autoSize={{ minRows: 2, maxRows: 8 }}
              maxLength={2000}
              placeholder={t("flow:note_hint")}
              value={typeof node.note === "string" ? node.note : ""}
              onChange={(e) => set({ note: e.target.value }, t("flow:note"))}
            />
          </Line>
        )}
      </div>
    </div>
  );
}
