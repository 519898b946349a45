import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, Problem } from "@/api";
import { Fetched, FieldError, Moment, Notice, Side, toast, useProblemText } from "@/kit";
import { type Setup, saveSetup, setupQuery } from "./api";
import { CallbackHelp } from "./callback_help";
import { asks, type Draft, draftOf, forgets, idle, ordered, partOf, problems, said } from "./model";
import { SetupField } from "./setup_field";

/** What a channel is set up with: texts are shown, secrets are written and never read again. */
export function SetupDrawer({ channel, onClose }: { channel: string; onClose: () => void }) {
  const { t } = useTranslation();
  const found = useQuery(setupQuery(channel));
  return (
    <Side
      open
      width={520}
      title={<h2>{t("channels:set_title", { channel: t(`channels:name_${channel}`) })}</h2>}
      onClose={onClose}
    >
      <Fetched of={found} rows={8}>
        {(setup) => <SetupForm setup={setup} onClose={onClose} />}
      </Fetched>
    </Side>
  );
}

function SetupForm({ setup, onClose }: { setup: Setup; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const [draft, setDraft] = useState<Draft>(() => draftOf(setup));
  const [shown, setShown] = useState(false); // what is missing is told once somebody has tried to save
  const set = (change: Partial<Draft>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...change }));
  };
  const save = useMutation({
    mutationFn: () => {
      const body = said(setup, draft);
      return saveSetup(setup.channel, body);
    },
    onSuccess: async () => {
      toast({ text: t("channels:saved") });
      onClose();
      await client.invalidateQueries({ queryKey: keys.channels });
    },
  });
  const wrong = problems(setup, draft);
  const fields = ordered(asks(setup, draft.kind));
  const answer = save.error instanceof Problem ? save.error : null;
  const refused = answer && fields.some((one) => one.key === answer.path) ? answer : null;
  const kinds = Object.keys(setup.kinds);
  const gone = forgets(setup, draft);
  const part = (which: ReturnType<typeof partOf>) =>
    fields
      .filter((one) => partOf(one) === which && !idle(one, draft, fields))
      .map((one) => {
        const name = t([`channels:field_${setup.channel}_${draft.kind}_${one.key}`, `channels:field_${one.key}`]);
        const problem = wrong[one.key];
        return (
          <SetupField
            key={`${draft.kind}.${one.key}`}
            asked={one}
            label={name}
            setup={setup}
            draft={draft}
            set={set}
            problem={
              refused?.path === one.key
                ? t("channels:wrong_refused", { field: name, detail: refused.text })
                : problem && (shown || problem !== "required")
                  ? t(`channels:wrong_${problem}`, { field: name })
                  : null
            }
          />
        );
      });
  const events = part("events");
  const asksHow = fields.some((one) => one.key === "events");
  const more = part("more");
  return (
    <form
      className="way-form"
      onSubmit={(event) => {
        event.preventDefault();
        setShown(true);
        if (Object.keys(wrong).length === 0) save.mutate();
        else document.getElementById(`way-${Object.keys(wrong)[0]}`)?.focus();
      }}
    >
      {setup.lost.length > 0 && (
        <Notice tone="urgent" icon="lock">
          {t("channels:lost")}
        </Notice>
      )}
      {kinds.length > 1 && (
        <div className="labelled">
          <span className="grey-2">{t(setup.channel === "sms" ? "channels:vendor" : "channels:way")}</span>
          <Segmented
            block
            value={draft.kind}
            options={kinds.map((kind) => ({ value: kind, label: t(`channels:kind_${setup.channel}_${kind}`) }))}
            onChange={(kind) => set({ kind, secrets: {} })}
          />
        </div>
      )}
      <p className="grey-2 way-help">{t(`channels:help_${setup.channel}_${draft.kind}`)}</p>
      {gone && (
        <Notice tone="warn" icon="warning">
          {t(draft.kind === setup.kind ? "channels:forgets_place" : "channels:forgets_kind")}
        </Notice>
      )}
      {part("main")}
      {events.length > 0 && (
        <fieldset className="way-part">
          <legend>{t("channels:events")}</legend>
          {events}
          <CallbackHelp channel={setup.channel} how={draft.values.events ?? (asksHow ? "" : "callback")} />
        </fieldset>
      )}
      {more.length > 0 && (
        <details className="way-part" open={fields.some((one) => partOf(one) === "more" && draft.values[one.key])}>
          <summary>{t("channels:advanced")}</summary>
          <p className="grey small">{t("channels:advanced_fact")}</p>
          {more}
        </details>
      )}
      {save.error && !refused && <FieldError>{text(save.error)}</FieldError>}
      <div className="way-save">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t("save")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <span className="spread" />
        {setup.at && (
          <span className="grey small">
            {t("channels:set_by", { name: setup.by ?? "—" })} <Moment value={setup.at} />
          </span>
        )}
      </div>
      <p className="grey small">{t("channels:save_fact")}</p>
    </form>
  );
}
