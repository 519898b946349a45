import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import type { OptionTree } from "./form_tree";

/** The choices of a select, in the order in which they are offered; a published key stays as it is. */
export function OptionsEditor({
  options,
  onChange,
}: {
  options: OptionTree[];
  onChange: (options: OptionTree[]) => void;
}) {
  const { t } = useTranslation();
  const put = (at: number, patch: Partial<OptionTree>) =>
    onChange(options.map((o, i) => (i === at ? { ...o, ...patch } : o)));
  const swap = (at: number, by: number) => {
    const next = [...options];
    const [one] = next.splice(at, 1);
    if (one) next.splice(at + by, 0, one);
    onChange(next);
  };
  return (
    <fieldset className="options-editor">
      <legend className="grey-2">{t("forms:options")}</legend>
      {options.map((o, i) => (
        <div key={o.key} className="row">
          <Input
            size="small"
            value={o.label}
            aria-label={t("forms:option_n", { n: i + 1 })}
            onChange={(e) => put(i, { label: e.target.value })}
            onPressEnter={(e) => {
              if (!e.nativeEvent.isComposing) onChange([...options, fresh(options, t("forms:option"))]);
            }}
          />
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("forms:up_of", { name: o.label })}
            disabled={i === 0}
            onClick={() => swap(i, -1)}
          >
            <Icon name="up" size={13} />
          </button>
          <button
            type="button"
            className="icon-button small-button"
            aria-label={t("forms:remove_of", { name: o.label })}
            disabled={options.length === 1}
            onClick={() => onChange(options.filter((_, x) => x !== i))}
          >
            <Icon name="close" size={13} />
          </button>
        </div>
      ))}
      <Button
        size="small"
        icon={<Icon name="plus" size={13} />}
        onClick={() => onChange([...options, fresh(options, t("forms:option"))])}
      >
        {t("forms:add_option")}
      </Button>
    </fieldset>
  );
}

function fresh(options: readonly OptionTree[], word: string): OptionTree {
  const taken = new Set(options.map((o) => o.key));
  let n = options.length + 1;
  while (taken.has(`option_${n}`)) n++;
  return { key: `option_${n}`, label: `${word} ${n}` };
}
