import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Radio, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api";
import { format, Icon, useClock, useProblemText } from "@/kit";
import { draftsQuery } from "@/rooms/design";
import { useLabel } from "@/rooms/forms";
import { processesQuery } from "@/rooms/processes";
import { askSimulation, type Instead, type People, type ScriptLine } from "./api";
import { insteadOf, versionsOf } from "./model";
import { Script } from "./script";

const SPANS = [91, 182, 365] as const;

/** Which process and version, until when, and what people are assumed to do. */
export function AskForm({
  people: first = "median",
  until: last,
  script: before = [],
  process: of = null,
  instead: other = null,
}: {
  people?: People;
  until?: string;
  script?: ScriptLine[];
  process?: string | null;
  instead?: Instead | null;
}) {
  const { t } = useTranslation();
  const { today } = useClock();
  const client = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [until, setUntil] = useState(last && last > today ? last : format.addDays(today, 365));
  const [people, setPeople] = useState<People>(first);
  const [script, setScript] = useState<ScriptLine[]>(before);
  const [process, setProcess] = useState(of ?? "");
  const [version, setVersion] = useState(other ? String(other.version ?? "draft") : "");
  const [migrate, setMigrate] = useState(other?.migrate ?? true);
  const label = useLabel();
  const processes = useQuery(processesQuery).data ?? [];
  const drafts = (useQuery(draftsQuery).data ?? []).filter((d) => d.kind === "process" && d.tree !== null);
  const known = processes.find((p) => p.key === process);
  const versions = versionsOf(
    known?.version ?? null,
    drafts.some((d) => d.key === process),
  );
  const instead = insteadOf(process, version, migrate);
  const ask = useMutation({
    mutationFn: () =>
      askSimulation({ until, people, script: people === "script" ? script : [], process: process || null, instead }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: keys.simulations });
      await navigate(`/simulations/${id}`);
    },
  });
  return (
    <div className="ask">
      <div className="ask-row">
        <span className="grey-2">{t("simulations:process")}</span>
        <Select
          value={process}
          popupMatchSelectWidth={false}
          style={{ minWidth: 180 }}
          aria-label={t("simulations:process")}
          onChange={(key) => {
            setProcess(key);
            setVersion(!key || processes.some((p) => p.key === key) ? "" : "draft");
          }}
          options={[
            { value: "", label: t("simulations:process_all") },
            ...processes.map((p) => ({ value: p.key, label: label(p) })),
            ...drafts
              .filter((d) => !processes.some((p) => p.key === d.key))
              .map((d) => ({ value: d.key, label: t("simulations:process_new", { name: d.label }) })),
          ]}
        />
        {process !== "" && versions.length > 1 && (
          <Radio.Group
            value={version}
            onChange={(e) => setVersion(e.target.value as string)}
            optionType="button"
            aria-label={t("simulations:version")}
            options={versions.map((one) => ({
              value: one.value,
              label:
                one.value === ""
                  ? t("simulations:in_force", { n: one.number ?? 0 })
                  : one.value === "draft"
                    ? t("simulations:draft")
                    : t("simulations:version_n", { n: one.number ?? 0 }),
            }))}
          />
        )}
      </div>
      {instead && known && (
        <div className="ask-row">
          <span className="grey-2">{t("simulations:under_way")}</span>
          <Checkbox checked={migrate} onChange={(e) => setMigrate(e.target.checked)}>
            {t("simulations:migrate")}
          </Checkbox>
          <span className="grey small">{t("simulations:migrate_fact")}</span>
        </div>
      )}
      <div className="ask-row">
        <span className="grey-2">{t("simulations:until")}</span>
        <Radio.Group value={until} onChange={(e) => setUntil(e.target.value as string)} optionType="button">
          {SPANS.map((n) => (
            <Radio.Button key={n} value={format.addDays(today, n)}>
              {t("simulations:months", { count: Math.round(n / 30.4) })}
            </Radio.Button>
          ))}
        </Radio.Group>
        <DatePicker
          value={dayjs(until)}
          allowClear={false}
          minDate={dayjs(format.addDays(today, 1))}
          maxDate={dayjs(format.addDays(today, 1098))}
          aria-label={t("simulations:until")}
          onChange={(day) => day && setUntil(day.format("YYYY-MM-DD"))}
        />
      </div>
      <div className="ask-row">
        <span className="grey-2">{t("simulations:people")}</span>
        <Radio.Group value={people} onChange={(e) => setPeople(e.target.value as People)}>
          <Radio value="median">{t("simulations:people_median")}</Radio>
          <Radio value="nobody">{t("simulations:people_nobody")}</Radio>
          <Radio value="script">{t("simulations:people_script")}</Radio>
        </Radio.Group>
      </div>
      {people === "script" && <Script lines={script} instead={instead} onChange={setScript} />}
      {ask.isError && (
        <p className="field-error" role="alert">
          {problemText(ask.error)}
        </p>
      )}
      <Button
        type="primary"
        className="ask-go"
        icon={<Icon name="play" size={15} />}
        loading={ask.isPending}
        disabled={people === "script" && script.length === 0}
        title={people === "script" && script.length === 0 ? t("simulations:script_none") : undefined}
        onClick={() => ask.mutate()}
      >
        {t("simulations:go")}
      </Button>
    </div>
  );
}
