import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { complete } from "@/kit/formula/api";
import { type Param, paramsOf, placeholders, type TemplateTree, type TextTree, type Variant, wordsOf } from "./model";
import type { useNames } from "./use_names";
import { type Insert, WordsEditor } from "./words_editor";

const ROWS = { subject: 1, body: 9, line: 1 } as const;

/** The words of one channel in one language. */
export function WordsPanel({
  tree,
  variant,
  names,
  wrong,
  onWords,
  onRemove,
  onHand,
  still,
}: {
  tree: TemplateTree;
  variant: Variant;
  names: ReturnType<typeof useNames>;
  wrong: ReadonlyMap<string, string>;
  onWords: (values: Partial<TextTree>, place: string) => void;
  onRemove: () => void;
  onHand: (insert: Insert) => void;
  /** on a phone it is only read */
  still: boolean;
}) {
  const { t } = useTranslation();
  const words = wordsOf(tree, variant);
  const sms = variant.channel === "sms";
  const editor = (place: "subject" | "body" | "line", rows: number = ROWS[place]) => (
    <div className="labelled" key={place}>
      <span className="row">
        <label htmlFor={`tpl-${place}`}>{t(`templates:${sms ? "sms_" : ""}${place}`)}</label>
        {place === "line" && <span className="grey small cut">{t("templates:line_hint")}</span>}
      </span>
      {still ? (
        <p className="tpl-body">{words[place]}</p>
      ) : (
        <WordsEditor
          key={`${variant.at}${place}`}
          id={`tpl-${place}`}
          label={t(`templates:${sms ? "sms_" : ""}${place}`)}
          value={words[place] ?? ""}
          rows={rows}
          onChange={(text) => onWords({ [place]: text }, place)}
          onHand={onHand}
          complete={(text, cursor) => complete({ form: tree.form }, text, cursor)}
          given={names.given}
          names={names.names}
          wrong={wrong}
        />
      )}
    </div>
  );
  return (
    <section className="card tpl-words" aria-label={t("templates:words")}>
      {sms ? (
        <>
          <div className="labelled">
            <label htmlFor="tpl-code">{t("templates:sms_code")}</label>
            <Input
              id="tpl-code"
              value={words.code ?? ""}
              readOnly={still}
              placeholder={t("templates:sms_code_hint")}
              onChange={(e) => onWords({ code: e.target.value.trim() }, "code")}
            />
          </div>
          {editor("body", 3)}
          <Params words={words} onWords={onWords} still={still} />
        </>
      ) : (
        <>
          {editor("subject")}
          {editor("body")}
          {editor("line")}
        </>
      )}
      {variant.at >= 0 && !still && (
        <p>
          <Button size="small" type="text" icon={<Icon name="trash" size={14} />} onClick={onRemove}>
            {t("templates:remove_words")}
          </Button>
        </p>
      )}
    </section>
  );
}

/** What goes into the gaps of the vendor's template, in its order. */
function Params({
  words,
  onWords,
  still,
}: {
  words: TextTree;
  onWords: (values: Partial<TextTree>, place: string) => void;
  still: boolean;
}) {
  const { t } = useTranslation();
  const params = paramsOf(words);
  const save = (next: Param[], place: string) => onWords({ params: next }, place);
  const change = (at: number, values: Partial<Param>) =>
    save(
      params.map((one, i) => (i === at ? { ...one, ...values } : one)),
      `params.${at}`,
    );
  const unused = placeholders(words.body ?? "").filter((one) => !params.some(({ value }) => value.includes(one)));
  function add() {
    const formula = unused[0];
    const taken = params.map(({ name }) => name);
    let name = formula?.split(".").at(-1)?.replace(/\W/g, "") || "value";
    while (taken.includes(name)) name = `${name}1`;
    save([...params, { name, value: formula ? `{{${formula}}}` : "" }], "params");
  }
  return (
    <div className="labelled">
      <span className="row">
        <span>{t("templates:params")}</span>
        <span className="grey small cut">{t("templates:params_hint")}</span>
      </span>
      {params.map(({ name, value }, at) => (
        <div key={at} className="tpl-param">
          <Input
            size="small"
            aria-label={t("templates:param_name", { n: at + 1 })}
            value={name}
            readOnly={still}
            onChange={(e) => {
              const next = e.target.value.trim();
              if (next && !params.some((other, i) => i !== at && other.name === next)) change(at, { name: next });
            }}
          />
          <Input
            size="small"
            className="mono"
            aria-label={t("templates:param_value", { name })}
            value={value}
            readOnly={still}
            onChange={(e) => change(at, { value: e.target.value })}
          />
          {!still && (
            <button
              type="button"
              className="icon-button"
              aria-label={t("templates:param_remove", { name })}
              onClick={() =>
                save(
                  params.filter((_, i) => i !== at),
                  "params",
                )
              }
            >
              <Icon name="close" size={14} />
            </button>
          )}
        </div>
      ))}
      {!still && (
        <p>
          <Button size="small" type="link" icon={<Icon name="plus" size={14} />} onClick={add}>
            {t("templates:param_add")}
          </Button>
        </p>
      )}
    </div>
  );
}
