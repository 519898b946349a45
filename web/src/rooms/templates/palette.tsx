import { Dropdown, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { lacking, same, type TemplateTree, type Variant, variants } from "./model";
import type { useNames } from "./use_names";
import type { Insert } from "./words_editor";

/** What the template says where, and what can be put into its words. */
export function TemplatePalette({
  tree,
  chosen,
  onChoose,
  onAdd,
  names: { given, fields },
  insert,
}: {
  tree: TemplateTree;
  chosen: Variant;
  onChoose: (variant: Variant) => void;
  onAdd: (channel: string, language: string) => void;
  names: ReturnType<typeof useNames>;
  insert: Insert;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const fits = (one: { key: string; label: string }) => `${one.label} ${one.key}`.toLowerCase().includes(needle);
  const name = (one: { channel: string; language: string }) =>
    t("templates:variant", {
      channel: t(`messages:channel_${one.channel}`),
      language: t(`templates:language_${one.language}`),
    });
  const groups = [
    { key: "given", label: t("templates:group_given"), of: given.filter(fits) },
    { key: "fields", label: t("templates:group_fields"), of: fields.filter(fits) },
  ];
  const first = groups.flatMap((group) => group.of)[0];
  return (
    <>
      <ul className="tpl-variants" aria-label={t("templates:variants")}>
        {variants(tree).map((one) => (
          <li key={`${one.channel}${one.language}${one.at}`}>
            <button
              type="button"
              className={same(one, chosen) ? "tpl-variant on" : "tpl-variant"}
              aria-pressed={same(one, chosen)}
              onClick={() => onChoose(one)}
            >
              <Icon name={one.channel === "mail" ? "mail" : one.channel === "sms" ? "phone" : "chat"} size={15} />
              <span className="cut spread">{name(one)}</span>
            </button>
          </li>
        ))}
        <li>
          <Dropdown
            trigger={["click"]}
            menu={{
              items: lacking(tree).map((one) => ({ key: `${one.channel} ${one.language}`, label: name(one) })),
              onClick: ({ key }) => {
                const [channel = "", language = ""] = key.split(" ");
                onAdd(channel, language);
              },
            }}
          >
            <button type="button" className="tpl-variant tpl-more">
              <Icon name="plus" size={14} /> {t("templates:add_words")}
            </button>
          </Dropdown>
        </li>
      </ul>
      <Input
        size="small"
        allowClear
        value={text}
        prefix={<Icon name="search" size={14} />}
        placeholder={t("templates:find_field")}
        aria-label={t("templates:find_field")}
        onChange={(e) => setText(e.target.value)}
        onPressEnter={(e) => {
          if (!e.nativeEvent.isComposing && first) insert(first.key);
        }}
      />
      {groups.map(
        (group) =>
          group.of.length > 0 && (
            <section key={group.key} className="tpl-fields">
              <h4 className="grey small">{group.label}</h4>
              {group.of.slice(0, 80).map((one) => (
                <button
                  key={one.key}
                  type="button"
                  className="tpl-field cut"
                  title={`{{${one.key}}}`}
                  onMouseDown={(e) => e.preventDefault()}
                  onClick={() => insert(one.key)}
                >
                  {one.label}
                </button>
              ))}
            </section>
          ),
      )}
      {!first && <p className="grey small">{t("templates:no_field", { text })}</p>}
    </>
  );
}
