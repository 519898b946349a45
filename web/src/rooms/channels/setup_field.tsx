import { Button, Input, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FieldError } from "@/kit";
import type { Asked, Setup } from "./api";
import { CodesField } from "./codes_field";
import { type Draft, kept } from "./model";

const CHOICES: Record<string, readonly string[]> = {
  security: ["", "tls", "starttls", "none"],
  events: ["", "callback", "stream"],
};

/** One thing that a channel asks for, with what is wrong with it below. */
export function SetupField({
  asked,
  label,
  setup,
  draft,
  set,
  problem,
}: {
  asked: Asked;
  label: string;
  setup: Setup;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  problem: string | null;
}) {
  const { t } = useTranslation();
  const id = `way-${asked.key}`;
  const value = draft.values[asked.key] ?? "";
  const put = (next: string) => set({ values: { ...draft.values, [asked.key]: next } });
  const choices = CHOICES[asked.key];
  const hint = t([`channels:hint_${setup.channel}_${draft.kind}_${asked.key}`, `channels:hint_${asked.key}`], {
    defaultValue: "",
  });
  let control: ReactNode;
  if (asked.what === "secret") {
    control = <SecretField id={id} name={asked.key} setup={setup} draft={draft} set={set} bad={problem !== null} />;
  } else if (asked.what === "map") {
    control = <CodesField codes={draft.codes} onChange={(codes) => set({ codes })} />;
  } else if (choices) {
    control = (
      <Select
        id={id}
        value={value}
        options={choices.map((key) => ({ value: key, label: t(`channels:${asked.key}_${key || "auto"}`) }))}
        onChange={put}
      />
    );
  } else {
    control = (
      <Input
        id={id}
        value={value}
        autoComplete="off"
        inputMode={asked.what === "number" ? "decimal" : undefined}
        status={problem ? "error" : ""}
        onChange={(event) => put(event.target.value)}
      />
    );
  }
  return (
    <div className="labelled">
      <label htmlFor={id}>
        {label}
        {asked.required && <span className="bad"> *</span>}
      </label>
      {control}
      {hint && <span className="grey small">{hint}</span>}
      {problem && <FieldError id={`${id}-error`}>{problem}</FieldError>}
    </div>
  );
}

/** A secret that is kept is told by its end, where it is long enough to lose nothing by that; it is written anew or stays. */
function SecretField({
  id,
  name,
  setup,
  draft,
  set,
  bad,
}: {
  id: string;
  name: string;
  setup: Setup;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  bad: boolean;
}) {
  const { t } = useTranslation();
  const typed = draft.secrets[name];
  const put = (value: string | undefined) => {
    const { [name]: _, ...rest } = draft.secrets;
    set({ secrets: value === undefined ? rest : { ...rest, [name]: value } });
  };
  if (kept(setup, draft, name) && typed === undefined) {
    const hint = setup.hints[name];
    return (
      <div className="way-kept">
        <span className="spread">{hint ? t("channels:kept_hint", { hint }) : t("channels:kept")}</span>
        <Button size="small" onClick={() => put("")}>
          {t("channels:write_anew")}
        </Button>
      </div>
    );
  }
  return (
    <Input.Password
      id={id}
      value={typed ?? ""}
      autoComplete="new-password"
      status={bad ? "error" : ""}
      onChange={(event) => put(event.target.value)}
      onBlur={() => typed === "" && kept(setup, draft, name) && put(undefined)}
    />
  );
}
