import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import {
  Chip,
  Empty,
  Fetched,
  FieldError,
  Head,
  Icon,
  Moment,
  Page,
  PersonName,
  SmallTable,
  toast,
  useAsk,
  useKeys,
  usePhone,
  useProblemText,
} from "@/kit";
import { DESIGN, type Definition, definitionsQuery, Publications } from "@/rooms/design";
import { discardDraft, proposeKey, saveDraft } from "@/rooms/design/api";
import { useLabel } from "./api";
import "./forms.css";

const TONES = { published: "brand", changed: "warn", new: "info", going: "urgent" } as const;

/** 设计 > 表单: every form and every draft of one, and what was published. */
export function FormsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const client = useQueryClient();
  const problemText = useProblemText();
  const ask = useAsk();
  const found = useQuery(definitionsQuery("form"));
  const [creating, setCreating] = useState(false);
  useKeys({ c: !phone && !creating && (() => setCreating(true)) });
  const fresh = !phone && (
    <Button title="C" type="primary" icon={<Icon name="plus" size={15} />} onClick={() => setCreating(true)}>
      {t("forms:create")}
    </Button>
  );
  async function discard(one: Definition) {
    const sure = await ask({
      title: t("forms:discard_name", { name: label(one) }),
      effect: t("forms:discard_effect"),
      verb: t("forms:discard"),
    });
    if (!sure) return;
    try {
      await discardDraft("form", one.key);
      toast({ text: t("forms:discarded", { name: label(one) }) });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
    void client.invalidateQueries({ queryKey: DESIGN });
  }
  return (
    <Page>
      <Head title={t("shell:forms")} fact={t("forms:list_fact")} actions={fresh || undefined} />
      <section className="card card-flush">
        <Fetched
          of={found}
          rows={8}
          none={found.data?.length === 0 && <Empty actions={fresh || undefined}>{t("forms:none")}</Empty>}
        >
          {(forms) =>
            phone ? (
              <ul className="design-cards">
                {forms.map((one) => (
                  <li key={one.key}>
                    <Link to={`/design/forms/${one.key}`}>{label(one)}</Link>
                    <State one={one} />
                    <span className="grey small">
                      {one.published ? (
                        <>
                          {t("forms:last_published")} <Moment value={one.published.at} />
                        </>
                      ) : (
                        one.draft && (
                          <>
                            {t("forms:drawn")} <Moment value={one.draft.at} />
                          </>
                        )
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            ) : (
              <SmallTable
                scrolls
                columns={[
                  t("forms:form"),
                  t("forms:state"),
                  t("forms:last_published"),
                  t("forms:by"),
                  t("forms:drawn"),
                  { sr: t("more") },
                ]}
              >
                {forms.map((one) => (
                  <tr key={one.key}>
                    <td>
                      <Link to={`/design/forms/${one.key}`}>{label(one)}</Link>{" "}
                      <code className="grey small">{one.key}</code>
                    </td>
                    <td>
                      <State one={one} />
                    </td>
                    <td>{one.published ? <Moment value={one.published.at} /> : <span className="grey">—</span>}</td>
                    <td>
                      {one.published ? (
                        <PersonName name={one.published.by.id === null ? t("design:system") : one.published.by.label} />
                      ) : (
                        <span className="grey">—</span>
                      )}
                    </td>
                    <td>{one.draft ? <Moment value={one.draft.at} /> : <span className="grey">—</span>}</td>
                    <td className="right">
                      {one.draft && !phone && (
                        <Button
                          size="small"
                          type="text"
                          aria-label={t("forms:discard_name", { name: label(one) })}
                          onClick={() => void discard(one)}
                        >
                          {t("forms:discard")}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </SmallTable>
            )
          }
        </Fetched>
      </section>
      <Publications />
      {creating && <CreateDialog taken={found.data?.map((d) => d.key) ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
}

function State({ one }: { one: Definition }) {
  const { t } = useTranslation();
  const n = one.state === "published" ? one.number : one.number + 1;
  const silent = one.state === "published" && one.number === 0;
  return (
    <Chip tone={TONES[one.state]}>{silent ? t("forms:state_in_force") : t(`forms:state_${one.state}`, { n })}</Chip>
  );
}

/** A name, and the key that pinyin makes of it. */
function CreateDialog({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [chosen, setChosen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const keys = useRef(taken);
  useEffect(() => {
    if (chosen || !name.trim()) return;
    let stopped = false;
    const timer = setTimeout(() => {
      proposeKey(name, keys.current).then(
        (proposed) => !stopped && setKey(proposed),
        () => undefined,
      );
    }, 200);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [name, chosen]);
  async function create() {
    if (busy || !name.trim()) return;
    setBusy(true);
    try {
      const wanted = key || (await proposeKey(name, taken));
      await saveDraft("form", wanted, { form: wanted, label: name.trim(), fields: [] }, null);
      void navigate(`/design/forms/${wanted}`);
    } catch (failure) {
      setError(problemText(failure));
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      title={t("forms:blank_form")}
      okText={t("forms:begin")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !name.trim(), loading: busy }}
      onCancel={onClose}
      onOk={() => void create()}
    >
      <div className="inspector-body">
        <div className="labelled">
          <label htmlFor="new-name">{t("forms:form_name")}</label>
          <Input
            id="new-name"
            autoFocus
            value={name}
            placeholder={t("forms:form_name_hint")}
            onChange={(e) => setName(e.target.value)}
            onPressEnter={(e) => {
              if (!e.nativeEvent.isComposing) void create();
            }}
          />
        </div>
        <div className="labelled">
          <label htmlFor="new-key">
            {t("forms:form_key")} <span className="grey">{t("forms:key_until")}</span>
          </label>
          <Input
            id="new-key"
            className="mono"
            value={key}
            onChange={(e) => {
              setChosen(true);
              setKey(e.target.value.toLowerCase().replace(/[^a-z0-9_]/g, ""));
            }}
          />
        </div>
        {error && <FieldError>{error}</FieldError>}
      </div>
    </Modal>
  );
}
