import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { type ColumnTree, choicesFrom, columnRemoved, columnSet, type DecisionTree, KINDS, type Side } from "./model";

/** What a column is: its name, kind, choices and bounds. */
export function ColumnPanel({
  tree,
  side,
  at,
  act,
  onGone,
}: {
  tree: DecisionTree;
  side: Side;
  at: number;
  act: (name: string, change: (tree: DecisionTree) => DecisionTree, place?: string) => void;
  onGone: () => void;
}) {
  const { t } = useTranslation();
  const column = tree[side][at];
  if (!column) return null;
  const set = (values: Partial<ColumnTree>) =>
    act(
      t("decisions:step_column", { name: column.label }),
      (old) => columnSet(old, side, at, values),
      `${side}.${at}.${Object.keys(values).join()}`,
    );
  const listed = column.kind === "option" || side === "outputs";
  const bounded = side === "inputs" && ["number", "money", "percent", "date"].includes(column.kind);
  const field = (name: "formula" | "least" | "most", hint: string) => (
    <div className="labelled">
      <label htmlFor={`column-${name}`}>{t(`decisions:column_${name}`)}</label>
      <Input
        id={`column-${name}`}
        value={column[name] ?? ""}
        placeholder={hint}
        onChange={(e) => set({ [name]: e.target.value })}
      />
    </div>
  );
  return (
    <div className="inspector-body">
      <h3>{t(side === "inputs" ? "decisions:an_input" : "decisions:a_result")}</h3>
      <div className="labelled">
        <label htmlFor="column-label">{t("decisions:column_label")}</label>
        <Input
          id="column-label"
          value={column.label}
          maxLength={60}
          onChange={(e) => set({ label: e.target.value || " " })}
        />
      </div>
      <div className="labelled">
        <label htmlFor="column-kind">{t("decisions:column_kind")}</label>
        <Select
          id="column-kind"
          value={column.kind}
          options={KINDS.map((value) => ({ value, label: t(`decisions:kind_${value}`) }))}
          onChange={(kind) => set({ kind })}
        />
      </div>
      {listed && (
        <div className="labelled">
          <label htmlFor="column-options">
            {t(column.kind === "option" ? "decisions:column_options" : "decisions:column_values")}
          </label>
          <Input.TextArea
            key={`${side}${at}`}
            id="column-options"
            autoSize={{ minRows: 3, maxRows: 10 }}
            defaultValue={(column.options ?? []).map((one) => one.label).join("\n")}
            onBlur={(e) => {
              const options = choicesFrom(e.target.value, column.options);
              if (JSON.stringify(options) !== JSON.stringify(column.options ?? []))
                set(options.length ? { options } : { options: undefined as never });
            }}
          />
        </div>
      )}
      {bounded && field("least", column.kind === "percent" ? "0%" : "0")}
      {bounded && field("most", column.kind === "percent" ? "100%" : "")}
      {side === "inputs" && (
        <Checkbox
          checked={column.optional ?? false}
          onChange={(e) => set({ optional: e.target.checked || (undefined as never) })}
        >
          {t("decisions:column_optional")}
        </Checkbox>
      )}
      {side === "inputs" && tree.form && field("formula", column.key)}
      <p className="grey small">
        {t("decisions:column_key")} <code>{column.key}</code>
      </p>
      {tree[side].length > 1 && (
        <Button
          danger
          size="small"
          onClick={() => {
            act(t("decisions:step_column_gone", { name: column.label }), (old) => columnRemoved(old, side, at));
            onGone();
          }}
        >
          {t("decisions:remove_column")}
        </Button>
      )}
    </div>
  );
}
