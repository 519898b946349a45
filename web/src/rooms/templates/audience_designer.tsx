import { useQuery } from "@tanstack/react-query";
import { Button, ConfigProvider, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { FieldError, Icon, usePhone, useProblemText } from "@/kit";
import { Designer, type DesignProblem, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { useForm, useForms, useLabel } from "@/rooms/forms";
import { ConditionField } from "@/rooms/forms/condition_field";
import { RecordSelect } from "@/rooms/imports/record_select";
import { previewQuery } from "./api";
import { type AudienceTree, addressed, addressOf, KINDS, preferred } from "./audience_model";
import "@/rooms/forms/forms.css";
import "./templates.css";

/** Who gets a message, drawn; beside it whom that would be for a real record. */
export function AudienceDesignerPage() {
  const { key = "" } = useParams();
  return <AudienceDesigner key={key} audience={key} />;
}

function AudienceDesigner({ audience }: { audience: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const work = useDraft<AudienceTree>("audience", audience);
  const head = useQuery(definitionsQuery("audience")).data?.find((one) => one.key === audience);
  const others = (useQuery(draftsQuery).data ?? []).some((one) => !work.ids.includes(one.id));
  const tree = work.steps?.now ?? null;
  return (
    <Designer
      work={work}
      name={tree ? label(tree) : audience}
      backTo="/design/templates"
      number={head?.number ?? 0}
      othersWait={others}
      palette={<p className="grey small">{t("templates:audience_fact")}</p>}
      canvas={
        tree && (
          <ConfigProvider componentDisabled={phone}>
            <Fields tree={tree} act={work.act} problems={work.problems} />
          </ConfigProvider>
        )
      }
      inspector={tree && <Reached tree={tree} />}
      onProblem={(problem) => document.getElementById(`aud-${problem.path.replace(/\W+/g, "-")}`)?.focus()}
      onFix={() => undefined}
    />
  );
}

function Fields({
  tree,
  act,
  problems,
}: {
  tree: AudienceTree;
  act: (name: string, change: (tree: AudienceTree) => AudienceTree, place?: string) => void;
  problems: readonly DesignProblem[];
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms().filter((one) => !one.within);
  const contacts = useForm(tree.form);
  const fields = contacts?.fields ?? [];
  const put = (values: Partial<AudienceTree>, place?: string) =>
    act(t("templates:step_settings"), (old) => ({ ...old, ...values }), place);
  const problem = (path: string) => problems.find((one) => one.path === path) ?? null;
  const choices = (kinds: readonly string[], now: string) => {
    const known = fields
      .filter((one) => kinds.includes(one.kind))
      .map((one) => ({ value: one.key, label: label(one) }));
    return known.some((one) => one.value === now) || !now ? known : [...known, { value: now, label: now }];
  };
  return (
    <section className="card tpl-words">
      <div className="labelled">
        <label htmlFor="aud-label">{t("templates:name")}</label>
        <Input
          id="aud-label"
          value={tree.label}
          maxLength={60}
          onChange={(e) => put({ label: e.target.value || " " }, "label")}
        />
      </div>
      <div className="tpl-pair">
        <div className="labelled">
          <label htmlFor="aud-form">{t("templates:aud_form")}</label>
          <Select
            id="aud-form"
            value={tree.form}
            options={forms.map((one) => ({ value: one.key, label: label(one) }))}
            onChange={(form) => put({ form })}
          />
        </div>
        <div className="labelled">
          <label htmlFor="aud-relation">{t("templates:aud_relation")}</label>
          <Select
            id="aud-relation"
            value={tree.relation}
            options={choices(["relation"], tree.relation)}
            onChange={(relation) => put({ relation })}
          />
        </div>
        <div className="labelled">
          <label htmlFor="aud-of">{t("templates:aud_of")}</label>
          <Input id="aud-of" className="mono" value={tree.of} onChange={(e) => put({ of: e.target.value }, "of")} />
        </div>
        <div className="labelled">
          <label htmlFor="aud-name">{t("templates:aud_name")}</label>
          <Select
            id="aud-name"
            value={tree.name}
            options={choices(["text"], tree.name)}
            onChange={(name) => put({ name })}
          />
        </div>
        <div className="labelled">
          <label htmlFor="aud-language">{t("templates:aud_language")}</label>
          <Input
            id="aud-language"
            className="mono"
            value={tree.language ?? ""}
            placeholder={t("templates:language_zh")}
            onChange={(e) =>
              act(
                t("templates:step_settings"),
                ({ language: _, ...old }) => (e.target.value ? { ...old, language: e.target.value } : old),
                "language",
              )
            }
          />
        </div>
      </div>
      <ConditionField
        id="aud-when"
        label={t("templates:aud_when")}
        tree={{ form: tree.form }}
        value={tree.when ?? "TRUE"}
        empty="TRUE"
        onChange={(when) => put({ when }, "when")}
        problem={problem("when")}
        sample={null}
      />
      <h4>{t("templates:aud_prefer")}</h4>
      <p className="grey small">{t("templates:aud_prefer_fact")}</p>
      {(tree.prefer ?? []).map((text, at) => (
        <div key={at} className="tpl-prefer">
          <ConditionField
            id={`aud-prefer-${at}-`}
            label={t("templates:aud_prefer_n", { n: at + 1 })}
            tree={{ form: tree.form }}
            value={text}
            onChange={(next) => act(t("templates:step_settings"), (old) => preferred(old, at, next), `prefer.${at}`)}
            problem={problem(`prefer[${at}]`)}
            sample={null}
          />
          <Button
            size="small"
            type="text"
            icon={<Icon name="close" size={14} />}
            aria-label={t("templates:aud_prefer_remove", { n: at + 1 })}
            onClick={() => act(t("templates:step_settings"), (old) => preferred(old, at, null))}
          />
        </div>
      ))}
      <p>
        <Button
          size="small"
          type="link"
          icon={<Icon name="plus" size={14} />}
          onClick={() => act(t("templates:step_settings"), (old) => preferred(old, (old.prefer ?? []).length, "TRUE"))}
        >
          {t("templates:aud_prefer_add")}
        </Button>
      </p>
      <h4>{t("templates:aud_addresses")}</h4>
      <div className="tpl-pair">
        {Object.entries(KINDS).map(([channel, kinds]) => (
          <div className="labelled" key={channel}>
            <label htmlFor={`aud-at-${channel}`}>{t(`messages:channel_${channel}`)}</label>
            <Select
              id={`aud-at-${channel}`}
              allowClear={channel !== "mail"}
              value={addressOf(tree, channel) || null}
              placeholder={t("templates:aud_no_address")}
              options={choices(kinds, addressOf(tree, channel))}
              onChange={(formula?: string) =>
                act(t("templates:step_settings"), (old) => addressed(old, channel, formula ?? ""))
              }
            />
            {problem(channel === "mail" ? "address" : `addresses.${channel}`) && (
              <FieldError>{problem(channel === "mail" ? "address" : `addresses.${channel}`)?.text}</FieldError>
            )}
          </div>
        ))}
      </div>
    </section>
  );
}

/** Whom it would be for one record, by the decision that will be made. */
function Reached({ tree }: { tree: AudienceTree }) {
  const { t } = useTranslation();
  const label = useLabel();
  const problemText = useProblemText();
  const about = useForms().filter((one) => !one.within && one.fields.some((f) => f.key === tree.of.split(".")[0]));
  const [form, setForm] = useState<string | null>(null);
  const [record, setRecord] = useState<{ id: number; label: string } | null>(null);
  const of = form ?? about.find((one) => one.key !== tree.form)?.key ?? about[0]?.key ?? tree.form;
  const channels = Object.keys(KINDS).filter((one) => addressOf(tree, one));
  const stub = {
    template: "rehearsed",
    label: "-",
    form: of,
    subject: "-",
    body: "-",
    channels: channels.length ? channels : ["mail"],
    texts: [{ channel: "sms", body: "-" }],
  };
  const asked = { tree: stub, record_id: record?.id ?? 0, channel: "mail", language: "", audience: "", heard: tree };
  const found = useQuery(previewQuery(record ? asked : null));
  return (
    <div className="inspector-body">
      <div className="labelled">
        <label htmlFor="aud-about">{t("templates:about_form")}</label>
        <Select
          id="aud-about"
          value={of}
          options={about.map((one) => ({ value: one.key, label: label(one) }))}
          onChange={(next) => {
            setForm(next);
            setRecord(null);
          }}
        />
      </div>
      <div className="labelled">
        <span>{t("templates:record")}</span>
        <RecordSelect
          key={of}
          form={of}
          value={record}
          first={[]}
          label={t("templates:record")}
          onChange={(id) => setRecord(id === null ? null : { id, label: `#${id}` })}
        />
      </div>
      {record && found.error && <FieldError>{problemText(found.error)}</FieldError>}
      {found.data?.unheard && <FieldError>{found.data.unheard}</FieldError>}
      {record && found.data && (
        <>
          <h4>{t("templates:reached")}</h4>
          <ul className="tpl-reached">
            {found.data.reached.map((one, at) => (
              <li key={at}>
                <span className="grey">{t(`messages:channel_${one.channel}`)}</span>
                {one.address ? (
                  <span className="cut spread">
                    {one.name} <span className="grey">{one.address}</span>
                  </span>
                ) : (
                  <span className="bad spread">
                    {t(`templates:${one.why === "no_address" ? "no_address" : "no_contact"}`)}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
