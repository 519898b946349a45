import { Checkbox, Input, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { useForm, useLabel } from "@/rooms/forms";
import { HEARD_BY, heardBy, type TemplateTree, tidied } from "./model";

/** What it is called, how necessary it is, and on which channels it goes. */
export function Settings({
  tree,
  act,
}: {
  tree: TemplateTree;
  act: (name: string, change: (tree: TemplateTree) => TemplateTree, place?: string) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(tree.form);
  const put = (values: Partial<TemplateTree>, place?: string) =>
    act(t("templates:step_settings"), (old) => tidied({ ...old, ...values }), place);
  const channels = tree.channels ?? ["mail"];
  const words = (channel: string) => channel !== "sms" || (tree.texts ?? []).some((one) => one.channel === "sms");
  return (
    <div className="inspector-body">
      <div className="labelled">
        <label htmlFor="tpl-label">{t("templates:name")}</label>
        <Input
          id="tpl-label"
          value={tree.label}
          maxLength={60}
          onChange={(e) => put({ label: e.target.value }, "label")}
        />
      </div>
      <div className="labelled">
        <label htmlFor="tpl-label-en">{t("templates:name_en")}</label>
        <Input
          id="tpl-label-en"
          value={tree.label_en ?? ""}
          maxLength={80}
          onChange={(e) => put({ label_en: e.target.value }, "label_en")}
        />
      </div>
      <div className="labelled">
        <span>{t("templates:about_form")}</span>
        <span>{form ? label(form) : tree.form}</span>
      </div>
      <div className="labelled">
        <span id="tpl-kind">{t("templates:kind")}</span>
        <Radio.Group
          aria-labelledby="tpl-kind"
          value={tree.kind ?? ""}
          onChange={(e) => put({ kind: e.target.value as string })}
          options={[
            { value: "reminder", label: t("templates:kind_reminder") },
            { value: "", label: t("templates:kind_necessary") },
          ]}
        />
        <p className="grey small">
          {t(tree.kind === "reminder" ? "templates:reminder_fact" : "templates:necessary_fact")}
        </p>
      </div>
      <fieldset className="labelled tpl-channels">
        <legend>{t("templates:channels")}</legend>
        {HEARD_BY.map((channel) => (
          <Checkbox
            key={channel}
            checked={channels.includes(channel)}
            disabled={!words(channel) || (channels.length === 1 && channels[0] === channel)}
            onChange={(e) => act(t("templates:step_channels"), (old) => heardBy(old, channel, e.target.checked))}
          >
            {t(`messages:channel_${channel}`)}
            {!words(channel) && <span className="grey small"> {t("templates:needs_words")}</span>}
          </Checkbox>
        ))}
        <p className="grey small">{t("templates:channels_fact")}</p>
      </fieldset>
    </div>
  );
}
