import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Radio } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api";
import { format, Icon, useClock, useProblemText } from "@/kit";
import { askSimulation, type People, type ScriptLine } from "./api";
import { Script } from "./script";

const SPANS = [91, 182, 365] as const;

/** Until when, and what people are assumed to do. */
export function AskForm({
  people: first = "median",
  until: last,
  script: before = [],
}: {
  people?: People;
  until?: string;
  script?: ScriptLine[];
}) {
  const { t } = useTranslation();
  const { today } = useClock();
  const client = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [until, setUntil] = useState(last && last > today ? last : format.addDays(today, 365));
  const [people, setPeople] = useState<People>(first);
  const [script, setScript] = useState<ScriptLine[]>(before);
  const ask = useMutation({
    mutationFn: () => askSimulation(until, people, people === "script" ? script : []),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: keys.simulations });
      await navigate(`/simulations/${id}`);
    },
  });
  return (
    <div className="ask">
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
      {people === "script" && <Script lines={script} onChange={setScript} />}
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
