import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router";
import { Problem } from "@/api";
import type { Language } from "@/i18n";
import { Icon, type IconName, Mark, Notice, useProblemText } from "@/kit";
import { setUp, stateQuery } from "./api";
import { Frame, Labelled } from "./frame";
import { type Draft, EMPTY, faults, type Step, strength, toSetup } from "./setup_model";

const STEPS = ["administrator", "company", "start"] as const;
const STARTS: { key: Draft["start"]; icon: IconName }[] = [
  { key: "import", icon: "excel" },
  { key: "empty", icon: "grid" },
];
const ZONES = ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Tokyo", "Europe/Berlin", "America/New_York"];

export function SetupPage() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const state = useQuery(stateQuery);
  const problemText = useProblemText();
  const [step, setStep] = useState<Step>(0);
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ path: string | null; text: string } | null>(null);
  if (state.data && !state.data.first_start && !busy) return <Navigate to="/login" replace />;

  const coded = state.data?.setup_code ?? false;
  const wrong = faults(step, draft, coded);
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const error = (field: keyof Draft) => {
    if (refused?.path === field) return refused.text;
    const fault = tried ? wrong[field] : undefined;
    return fault ? t(`people:fault_${fault}`, { label: t(`people:${field}`) }) : undefined;
  };

  async function next() {
    setTried(true);
    setRefused(null);
    if (Object.keys(wrong).length) return;
    if (step < 2) {
      setStep((step + 1) as Step);
      setTried(false);
      return;
    }
    setBusy(true);
    try {
      await setUp(toSetup(draft, i18n.language as Language));
      client.clear();
      await navigate(draft.start === "import" ? "/imports/new" : "/", { replace: true });
    } catch (failure) {
      const path = failure instanceof Problem ? failure.path : null;
      setRefused({ path, text: problemText(failure) });
      if (path && path in EMPTY) setStep(path === "company" ? 1 : 0);
    } finally {
      setBusy(false);
    }
  }

  const power = strength(draft.password, draft.account);
  return (
    <Frame className="setup">
      <main className="card card-flush setup-card">
        <div className="setup-head">
          <div>
            <h1>{t("people:welcome")}</h1>
            <p className="grey">{t("people:welcome_fact")}</p>
          </div>
          <Mark size={28} />
          <ol className="setup-steps">
            {STEPS.map((name, i) => (
              <li key={name} aria-current={i === step ? "step" : undefined} className={i < step ? "passed" : undefined}>
                <button type="button" className="bare row" disabled={i >= step} onClick={() => setStep(i as Step)}>
                  <span className="setup-number">{i < step ? <Icon name="check" size={12} /> : i + 1}</span>
                  {t(`people:step_${name}`)}
                </button>
              </li>
            ))}
          </ol>
        </div>
        <form
          className="setup-body"
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            void next();
          }}
        >
          {step === 0 && (
            <div className="setup-grid">
              <Labelled name="name" required error={error("name")}>
                <Input
                  id="name"
                  status={error("name") ? "error" : ""}
                  aria-describedby={error("name") ? "name-error" : undefined}
                  size="large"
                  autoFocus
                  value={draft.name}
                  onChange={(e) => set({ name: e.target.value })}
                />
              </Labelled>
              <Labelled name="account" required error={error("account")}>
                <Input
                  id="account"
                  status={error("account") ? "error" : ""}
                  aria-describedby={error("account") ? "account-error" : undefined}
                  size="large"
                  autoComplete="username"
                  spellCheck={false}
                  value={draft.account}
                  onChange={(e) => set({ account: e.target.value })}
                />
              </Labelled>
              <Labelled name="password" required error={error("password")}>
                <Input.Password
                  id="password"
                  status={error("password") ? "error" : ""}
                  aria-describedby={error("password") ? "password-error" : undefined}
                  size="large"
                  autoComplete="new-password"
                  value={draft.password}
                  onChange={(e) => set({ password: e.target.value })}
                />
              </Labelled>
              <Labelled name="again" required error={error("again")}>
                <Input.Password
                  id="again"
                  status={error("again") ? "error" : ""}
                  aria-describedby={error("again") ? "again-error" : undefined}
                  size="large"
                  autoComplete="new-password"
                  value={draft.again}
                  onChange={(e) => set({ again: e.target.value })}
                />
              </Labelled>
              {coded && (
                <Labelled name="code" required wide error={error("code")}>
                  <Input
                    id="code"
                    size="large"
                    autoComplete="off"
                    spellCheck={false}
                    value={draft.code}
                    onChange={(e) => set({ code: e.target.value })}
                  />
                </Labelled>
              )}
              <div className="setup-power">
                <span className="setup-bars" aria-hidden="true">
                  {[1, 2, 3, 4].map((n) => (
                    <span key={n} className={n <= power.score ? "on" : ""} />
                  ))}
                </span>
                <span>{draft.password ? t(`people:power_${power.score}`) : ""}</span>
                <span className="spread" />
                {(["long", "uncommon", "apart"] as const).map((k) => (
                  <span key={k} className={power[k] ? "good row" : "grey row"} style={{ gap: 2 }}>
                    {power[k] && <Icon name="check" size={14} />}
                    {t(`people:password_${k}`)}
                  </span>
                ))}
              </div>
            </div>
          )}
          {step === 1 && (
            <div className="setup-grid">
              <Labelled name="company" required wide error={error("company")}>
                <Input
                  id="company"
                  status={error("company") ? "error" : ""}
                  aria-describedby={error("company") ? "company-error" : undefined}
                  size="large"
                  autoFocus
                  value={draft.company}
                  onChange={(e) => set({ company: e.target.value })}
                />
              </Labelled>
              <Labelled name="zone">
                <Select
                  id="zone"
                  size="large"
                  value={draft.zone}
                  options={ZONES.map((z) => ({ value: z, label: z }))}
                  onChange={(zone) => set({ zone })}
                />
              </Labelled>
              <Labelled name="calendar">
                <p className="grey-2">{t("people:calendar_fact")}</p>
              </Labelled>
            </div>
          )}
          {step === 2 && (
            <div className="setup-starts" role="radiogroup" aria-label={t("people:step_start")}>
              {STARTS.map((s) => (
                <label key={s.key} className={draft.start === s.key ? "setup-start on" : "setup-start"}>
                  <input
                    type="radio"
                    name="start"
                    className="sr"
                    checked={draft.start === s.key}
                    onChange={() => set({ start: s.key })}
                  />
                  <Icon name={s.icon} size={20} />
                  <span>
                    <b>{t(`people:start_${s.key}`)}</b>
                    <span className="grey small">{t(`people:start_${s.key}_fact`)}</span>
                  </span>
                </label>
              ))}
            </div>
          )}
          {refused && !(refused.path && refused.path in EMPTY) && (
            <Notice tone="urgent" icon="bang">
              {refused.text}
            </Notice>
          )}
          {step === 0 && (
            <div className="setup-next">
              <h3>{t("people:next_asks")}</h3>
              <p>
                <b>{t("people:step_company")}</b> <span className="grey">{t("people:next_company")}</span>
              </p>
              <p>
                <b>{t("people:step_start")}</b> <span className="grey">{t("people:next_start")}</span>
              </p>
            </div>
          )}
          <Notice tone="warn" icon="pause">
            {t("people:nothing_leaves")}
          </Notice>
          <div className="setup-foot">
            <span className="grey row">
              <Icon name="lock" size={14} />
              {t("people:digest_only")}
            </span>
            <span className="spread" />
            {step > 0 && (
              <Button size="large" onClick={() => setStep((step - 1) as Step)}>
                {t("people:previous")}
              </Button>
            )}
            <Button size="large" type="primary" htmlType="submit" loading={busy}>
              {step < 2 ? t("people:next") : t("people:finish_setup")}
            </Button>
          </div>
        </form>
      </main>
    </Frame>
  );
}
