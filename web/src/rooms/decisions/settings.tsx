import { Button, Input, Select, Switch } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon, toast, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { saved } from "@/rooms/processes/save_picture";
import { exported, taken } from "./api";
import { columnAdded, type DecisionTree, freeKey, POLICIES, type Side } from "./model";

/** How the table answers, its columns, and its way from and to files. */
export function Settings({
  tree,
  act,
  onColumn,
}: {
  tree: DecisionTree;
  act: (name: string, change: (tree: DecisionTree) => DecisionTree, place?: string) => void;
  onColumn: (side: Side, at: number) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const problemText = useProblemText();
  const forms = useForms().filter((one) => !one.within);
  const file = useRef<HTMLInputElement>(null);
  const put = (values: Partial<DecisionTree>, place?: string) =>
    act(
      t("decisions:step_table"),
      (old) =>
        Object.fromEntries(
          Object.entries({ ...old, ...values }).filter(([, value]) => value !== undefined),
        ) as unknown as DecisionTree,
      place,
    );
  const add = (side: Side) => {
    const name = t(side === "inputs" ? "decisions:new_input" : "decisions:new_result");
    act(t("decisions:step_add_column"), (old) =>
      columnAdded(old, side, { key: freeKey(old, side), label: name, kind: "text" }),
    );
    onColumn(side, tree[side].length);
  };
  async function take(chosen: File) {
    try {
      const { tree: found, problems } = await taken(chosen, tree);
      const { decision: _, ...rest } = found;
      act(t("decisions:step_import"), (old) => ({ ...rest, decision: old.decision }));
      const errors = problems.filter((one) => one.severity === "error").length;
      toast({ text: t("decisions:imported", { count: found.rules.length, errors }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  async function give(format: "xlsx" | "dmn") {
    try {
      saved(await exported(tree, format), `${label(tree)}.${format}`, "");
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  return (
    <div className="decide-settings">
      <div className="labelled">
        <label htmlFor="table-label">{t("decisions:name")}</label>
        <Input
          id="table-label"
          value={tree.label}
          maxLength={60}
          onChange={(e) => put({ label: e.target.value || " " }, "label")}
        />
      </div>
      <div className="labelled">
        <label htmlFor="table-policy">{t("decisions:policy")}</label>
        <Select
          id="table-policy"
          value={tree.policy}
          popupMatchSelectWidth={false}
          options={POLICIES.map((value) => ({ value, label: t(`decisions:policy_${value}`) }))}
          onChange={(policy) => put({ policy })}
        />
      </div>
      <div className="labelled">
        <span className="row">
          <Switch
            size="small"
            id="table-otherwise"
            checked={tree.otherwise !== undefined}
            onChange={(on) => put({ otherwise: on ? tree.outputs.map(() => "") : (undefined as never) })}
          />
          <label htmlFor="table-otherwise">{t("decisions:otherwise")}</label>
        </span>
        {tree.otherwise?.map((text, at) => (
          <Input
            key={at}
            aria-label={`${t("decisions:otherwise")} ${tree.outputs[at]?.label ?? ""}`}
            prefix={<span className="grey">{tree.outputs[at]?.label}</span>}
            value={text}
            onChange={(e) =>
              put({ otherwise: tree.otherwise?.map((old, i) => (i === at ? e.target.value : old)) }, `otherwise.${at}`)
            }
          />
        ))}
      </div>
      <div className="labelled">
        <label htmlFor="table-form">{t("decisions:for_form")}</label>
        <Select
          id="table-form"
          allowClear
          value={tree.form ?? null}
          placeholder={t("decisions:no_form")}
          options={forms.map((one) => ({ value: one.key, label: label(one) }))}
          onChange={(form) => put({ form: form ?? (undefined as never) })}
        />
      </div>
      <div className="decide-acts">
        <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => add("inputs")}>
          {t("decisions:add_input")}
        </Button>
        <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => add("outputs")}>
          {t("decisions:add_result")}
        </Button>
        <Button size="small" icon={<Icon name="upload" size={14} />} onClick={() => file.current?.click()}>
          {t("decisions:import")}
        </Button>
        <Button size="small" icon={<Icon name="excel" size={14} />} onClick={() => void give("xlsx")}>
          {t("decisions:export_xlsx")}
        </Button>
        <Button size="small" icon={<Icon name="download" size={14} />} onClick={() => void give("dmn")}>
          {t("decisions:export_dmn")}
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".xlsx,.xls,.csv,.dmn,.xml"
          aria-label={t("decisions:import")}
          onChange={(e) => {
            const chosen = e.target.files?.[0];
            e.target.value = "";
            if (chosen) void take(chosen);
          }}
        />
      </div>
      <p className="grey small">
        {t("decisions:in_formulas")}
        <br />
        <code>{`DECIDE("${tree.decision}", …)`}</code>
      </p>
    </div>
  );
}
