import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { queryClient } from "@/api";
import { format, Icon, Moment, Notice, SmallTable, useAsk, useClock, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { type ImportAnswer, undoImport } from "./api";

/** Fifth step: what was written, and the way back. */
export function ResultStep({ one, onChanged }: { one: ImportAnswer; onChanged: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const navigate = useNavigate();
  const ask = useAsk();
  const problemText = useProblemText();
  const { today, zone } = useClock();
  const result = one.result;
  const undone = one.undone;
  const form = forms.find((f) => f.key === result?.main);
  const undo = useMutation({
    mutationFn: () => undoImport(one.id),
    onSuccess: async () => {
      await onChanged();
      await queryClient.invalidateQueries();
    },
  });
  async function begin() {
    const yes = await ask({
      title: t("imports:undo_ask", { file: format.middle(one.file_name) }),
      effect: t("imports:undo_effect"),
      verb: t("imports:undo"),
    });
    if (yes) undo.mutate();
  }
  const over = one.undo_until !== null && format.local(one.undo_until, zone).day < today;
  const nothing = result?.targets.every((x) => x.created === 0 && x.updated === 0);
  return (
    <div className="wizard-scroll">
      {undone && (
        <Notice tone="info" icon="undo">
          {t("imports:undone", {
            removed: undone.targets.reduce((n, x) => n + x.removed, 0).toLocaleString("en"),
            restored: undone.targets.reduce((n, x) => n + x.restored, 0).toLocaleString("en"),
          })}
        </Notice>
      )}
      {undone && undone.kept_count > 0 && (
        <section className="card">
          <div className="card-head">
            <h2>{t("imports:kept", { count: undone.kept_count })}</h2>
            <span className="grey">{t("imports:kept_fact")}</span>
          </div>
          <ul className="kept">
            {undone.kept.slice(0, 50).map((k) => (
              <li key={`${k.form}.${k.id}`}>
                <Link to={`/r/${k.form}/${k.id}`}>{k.label ?? `#${k.id}`}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {result && (
        <section className="card result">
          <div className="card-head">
            <Icon name="tick" size={20} style={{ color: "var(--brand)" }} />
            <h2>{nothing ? t("imports:done_nothing") : t("imports:done")}</h2>
            <span className="grey">
              <Moment value={one.finished_at} /> · {t("imports:took", { seconds: result.seconds })}
            </span>
          </div>
          <SmallTable
            columns={[
              t("imports:into"),
              { right: t("imports:created") },
              { right: t("imports:updated") },
              { right: t("imports:unchanged") },
            ]}
          >
            {result.targets.map((x) => (
              <tr key={x.form} onClick={() => void navigate(`/r/${x.form}`)}>
                <td>
                  <Link to={`/r/${x.form}`}>{x.label}</Link>
                </td>
                <td className="right">{x.created.toLocaleString("en")}</td>
                <td className="right">{x.updated.toLocaleString("en")}</td>
                <td className="right">{x.unchanged.toLocaleString("en")}</td>
              </tr>
            ))}
          </SmallTable>
          <p className="grey-2 result-facts">
            {t("imports:read_rows", { rows: result.rows.toLocaleString("en") })}
            {result.bad > 0 && ` · ${t("imports:skipped_rows", { count: result.bad })}`}
            {Object.entries(result.sums).map(
              ([key, sum]) =>
                ` · ${t("imports:sum_of", { label: label(form?.fields.find((f) => f.key === key) ?? { label: key }) })} ${format.money(sum)}`,
            )}
          </p>
          <p className="grey-2">{t(`imports:answer_${one.answer}`)}</p>
          {undo.isError && <p className="bad">{problemText(undo.error)}</p>}
          <div className="row">
            <Button type="primary" onClick={() => void navigate(`/r/${result.main}`)}>
              {t("imports:see", { label: form ? label(form) : result.main })}
            </Button>
            {one.state === "done" && !over && (
              <Button icon={<Icon name="undo" size={14} />} loading={undo.isPending} onClick={() => void begin()}>
                {t("imports:undo")}
              </Button>
            )}
            {one.state === "done" && (
              <span className="grey">
                {over ? (
                  t("imports:undo_over")
                ) : (
                  <>
                    {t("imports:undo_until")} <Moment value={one.undo_until} />
                  </>
                )}
              </span>
            )}
          </div>
        </section>
      )}
    </div>
  );
}
