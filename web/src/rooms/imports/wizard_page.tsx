import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { keys } from "@/api";
import { Empty, Failure, format, Head, Icon, Lines, Page } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { type ImportAnswer, importQuery, isRunning } from "./api";
import { type Step, Steps } from "./steps";
import "./imports.css";

const MappingStep = lazy(async () => ({ default: (await import("./mapping_step")).MappingStep }));
const CheckStep = lazy(async () => ({ default: (await import("./check_step")).CheckStep }));
const RunStep = lazy(async () => ({ default: (await import("./run_step")).RunStep }));
const ResultStep = lazy(async () => ({ default: (await import("./result_step")).ResultStep }));

/** An import from its mapping to its result; the state on the server says where it stands, so it may be left and come back to. */
export function WizardPage() {
  const id = Number(useParams().id);
  const { t } = useTranslation();
  const answer = useQuery({ ...importQuery(id), enabled: Number.isSafeInteger(id) });
  if (!Number.isSafeInteger(id))
    return <Empty actions={<Link to="/imports">{t("shell:import")}</Link>}>{t("error_missing")}</Empty>;
  if (answer.isError)
    return (
      <Page>
        <Failure error={answer.error} retry={() => void answer.refetch()} />
      </Page>
    );
  if (!answer.data)
    return (
      <Page>
        <Lines rows={12} />
      </Page>
    );
  return <Wizard key={id} one={answer.data} />;
}

function Wizard({ one }: { one: ImportAnswer }) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const forms = useForms();
  const [back, setBack] = useState(false);
  const form = forms.find((f) => f.key === one.form);
  // a fix or a skipped row makes the report old; the grid stays open until the next check
  const checkable =
    one.checked !== null && (one.state === "checked" || one.state === "failed" || one.state === "mapping");
  const step: Step = isRunning(one.state)
    ? "run"
    : one.state === "done" || one.state === "undone"
      ? "result"
      : checkable && !back
        ? "check"
        : "mapping";
  const refresh = () => client.invalidateQueries({ queryKey: keys.import(one.id) });
  const fact = (
    <span className="row" style={{ gap: 4 }}>
      <Icon name="excel" size={15} style={{ color: "var(--brand)" }} />
      <span className="cut" title={one.file_name}>
        {[
          format.middle(one.file_name),
          one.about.sheet ? t("imports:sheet", { sheet: one.about.sheet }) : null,
          t("imports:size", { rows: one.about.rows.toLocaleString("en"), columns: one.about.columns.length }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </span>
  );
  return (
    <Page fit>
      <Head
        title={t("imports:title", { label: form ? label(form) : one.form })}
        fact={fact}
        actions={<Steps now={step} onBack={step === "check" ? () => setBack(true) : undefined} />}
      />
      <Suspense fallback={<Lines rows={10} />}>
        {step === "mapping" && (
          <MappingStep
            one={one}
            onChecked={async () => {
              await refresh();
              setBack(false);
            }}
          />
        )}
        {step === "check" && one.checked && (
          <CheckStep one={one} report={one.checked} onBack={() => setBack(true)} onChanged={refresh} />
        )}
        {step === "run" && <RunStep one={one} />}
        {step === "result" && <ResultStep one={one} onChanged={refresh} />}
      </Suspense>
    </Page>
  );
}
