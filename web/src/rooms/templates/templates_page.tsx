import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import {
  Chip,
  Empty,
  Fetched,
  Head,
  Icon,
  Moment,
  Page,
  SmallTable,
  toast,
  useAsk,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { DESIGN, type Definition, definitionsQuery, NewDefinition } from "@/rooms/design";
import { discardDraft, proposeKey, readDefinition, saveDraft } from "@/rooms/design/api";
import { useForms, useLabel } from "@/rooms/forms";
import { type Template, templatesQuery } from "./api";
import type { AudienceTree } from "./audience_model";
import type { TemplateTree } from "./model";
import "./templates.css";

const TONES = { published: "brand", changed: "warn", new: "info", going: "urgent" } as const;

/** 设计 > 模板: what is said on every channel, and who says it. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const forms = useForms();
  const found = useQuery(definitionsQuery("template"));
  const known = useQuery(templatesQuery).data;
  const [creating, setCreating] = useState(false);
  const [text, setText] = useState("");
  useKeys({ c: !phone && !creating && (() => setCreating(true)) });
  const fresh = !phone && (
    <Button title="C" type="primary" icon={<Icon name="plus" size={15} />} onClick={() => setCreating(true)}>
      {t("templates:create")}
    </Button>
  );
  async function discard(one: Definition) {
    const sure = await ask({
      title: t("templates:discard_name", { name: label(one) }),
      effect: t("forms:discard_effect"),
      verb: t("forms:discard"),
    });
    if (!sure) return;
    try {
      await discardDraft("template", one.key);
      toast({ text: t("forms:discarded", { name: label(one) }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    void client.invalidateQueries({ queryKey: DESIGN });
  }
  const needle = text.trim().toLowerCase();
  const shown = (found.data ?? []).filter((one) => `${label(one)} ${one.key}`.toLowerCase().includes(needle));
  return (
    <Page>
      <Head
        title={t("templates:title")}
        fact={t("templates:fact")}
        actions={
          <>
            {(found.data?.length ?? 0) > 8 && (
              <Input
                allowClear
                className="tpl-search"
                value={text}
                prefix={<Icon name="search" size={14} />}
                placeholder={t("templates:find")}
                aria-label={t("templates:find")}
                onChange={(e) => setText(e.target.value)}
              />
            )}
            {fresh}
          </>
        }
      />
      <section className="card card-flush tpl-list">
        <Fetched
          of={found}
          rows={8}
          none={found.data?.length === 0 && <Empty actions={fresh || undefined}>{t("templates:none")}</Empty>}
        >
          {() =>
            shown.length === 0 ? (
              <Empty actions={<Button onClick={() => setText("")}>{t("templates:find_all")}</Button>}>
                {t("templates:find_none", { text })}
              </Empty>
            ) : (
              <SmallTable
                scrolls
                columns={[
                  t("templates:template"),
                  t("templates:about_form"),
                  t("templates:kind"),
                  t("templates:channels"),
                  t("templates:used"),
                  t("templates:changed"),
                  t("forms:state"),
                  { sr: t("more") },
                ]}
              >
                {shown.map((one) => {
                  const more = known?.find((other) => other.key === one.key);
                  const about = forms.find((form) => form.key === more?.form);
                  return (
                    <tr key={one.key}>
                      <td>
                        <Link to={`/design/templates/${one.key}`}>{label(one)}</Link>
                      </td>
                      <td>{about ? label(about) : <span className="grey">—</span>}</td>
                      <td>
                        {more
                          ? t(more.kind === "reminder" ? "templates:kind_reminder" : "templates:kind_necessary")
                          : "—"}
                      </td>
                      <td>{more && <Ways of={more} />}</td>
                      <td>{more && <Uses of={more} />}</td>
                      <td className="nowrap">
                        {one.draft ? (
                          <Moment value={one.draft.at} />
                        ) : more?.at ? (
                          <Moment value={more.at} />
                        ) : (
                          <span className="grey">{t("templates:shipped")}</span>
                        )}
                      </td>
                      <td>
                        <Chip tone={TONES[one.state]}>
                          {t(`templates:state_${one.state}`, { n: more?.version ?? 1 })}
                        </Chip>
                      </td>
                      <td className="right">
                        {one.draft && !phone && (
                          <Button
                            size="small"
                            type="text"
                            aria-label={t("templates:discard_name", { name: label(one) })}
                            onClick={() => void discard(one)}
                          >
                            {t("forms:discard")}
                          </Button>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </SmallTable>
            )
          }
        </Fetched>
      </section>
      <Audiences />
      {creating && <Create taken={found.data?.map((one) => one.key) ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
}

/** Who may be written to: a row each, drawn in a designer of its own. */
function Audiences() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const all = useQuery(definitionsQuery("audience")).data ?? [];
  const first = all.find((one) => one.state !== "new");
  if (all.length === 0) return null;
  /** Like the one that stands: whose contacts they are is rarely another question. */
  async function create(like: string) {
    try {
      const { current } = await readDefinition<AudienceTree>("audience", like);
      if (!current) return;
      const name = t("templates:audience_new");
      const taken = all.map((one) => one.key);
      const key = await proposeKey(name, taken);
      const { label_en: _, ...tree } = current;
      await saveDraft("audience", key, { ...tree, audience: key, label: name }, null);
      void navigate(`/design/audiences/${key}`);
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  return (
    <section className="card card-flush" aria-label={t("templates:audiences")}>
      <SmallTable columns={[t("templates:audiences"), t("templates:changed"), t("forms:state")]}>
        {all.map((one) => (
          <tr key={one.key}>
            <td>
              <Link to={`/design/audiences/${one.key}`}>{label(one)}</Link>
            </td>
            <td className="nowrap">
              {one.draft ? (
                <Moment value={one.draft.at} />
              ) : one.published ? (
                <Moment value={one.published.at} />
              ) : (
                <span className="grey">{t("templates:shipped")}</span>
              )}
            </td>
            <td>
              <Chip tone={TONES[one.state]}>{t(`templates:state_${one.state}`, { n: Math.max(1, one.number) })}</Chip>
            </td>
          </tr>
        ))}
      </SmallTable>
      {first && !phone && (
        <p className="tpl-add">
          <Button size="small" type="link" icon={<Icon name="plus" size={14} />} onClick={() => void create(first.key)}>
            {t("templates:audience_create")}
          </Button>
        </p>
      )}
    </section>
  );
}

function Ways({ of }: { of: Template }) {
  const { t } = useTranslation();
  const languages = of.languages.map((one) => t(`templates:language_${one}`));
  return (
    <>
      {of.channels.map((one) => t(`messages:channel_${one}`)).join(t("design:comma"))}
      {languages.length > 0 && <span className="grey"> · {languages.join(t("design:comma"))}</span>}
    </>
  );
}

const WHERE: Record<string, string> = { process: "/processes", rule: "/design/rules" };

function Uses({ of }: { of: Template }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (of.uses.length === 0) return <span className="grey">{t("templates:unused")}</span>;
  return of.uses.map((one, at) => (
    <span key={`${one.kind}${one.key}`}>
      {at > 0 && t("design:comma")}
      <Link to={`${WHERE[one.kind] ?? ""}/${one.key}`}>{label(one)}</Link>
    </span>
  ));
}

/** A name and the form that it is about. */
function Create({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms().filter((one) => !one.within);
  const [form, setForm] = useState<string | null>(null);
  const make = (key: string, name: string): TemplateTree => ({
    template: key,
    label: name,
    form: form ?? "",
    kind: "reminder",
    subject: name,
    body: "{{recipient}}\n\n{{lines}}\n",
    line: "",
    channels: ["mail"],
  });
  return (
    <NewDefinition
      kind="template"
      at="templates"
      id="template-name"
      title={t("templates:create")}
      label={t("templates:name")}
      hint={t("templates:name_hint")}
      taken={taken}
      ready={form !== null}
      make={make}
      onClose={onClose}
    >
      <div className="labelled">
        <label htmlFor="template-form">{t("templates:about_form")}</label>
        <Select
          id="template-form"
          value={form}
          placeholder={t("templates:form_hint")}
          options={forms.map((one) => ({ value: one.key, label: label(one) }))}
          onChange={setForm}
        />
      </div>
    </NewDefinition>
  );
}
