import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { Card, Chip, Empty, Fetched, Head, Moment, Page, SmallTable } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import { type Run, runsQuery } from "./api";
import { AskForm } from "./ask_form";
import { choose, months } from "./model";
import "./simulations.css";

const TONE: Record<Run["state"], Tone> = {
  queued: "plain",
  running: "info",
  done: "brand",
  failed: "urgent",
  cancelled: "plain",
};

/** Ask for a simulation, come back to an earlier one. */
export function SimulationsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const found = useQuery(runsQuery);
  const [chosen, setChosen] = useState<number[]>([]);
  const label = useLabel();
  const [params] = useSearchParams();
  const record = params.get("record");
  const newest = found.data?.find((run) => run.state === "done");
  if (record && newest) return <Navigate to={`/simulations/${newest.id}?record=${record}`} replace />;
  const process = params.get("process");
  return (
    <Page>
      <Head title={t("shell:simulation")} fact={t("simulations:fact")} />
      <Card title={t("simulations:new")}>
        <AskForm
          process={process}
          instead={process && params.get("version") === "draft" ? { process, version: null, migrate: true } : null}
        />
      </Card>
      <section className="card card-flush">
        <Fetched of={found} rows={4} none={found.data?.length === 0 && <Empty>{t("simulations:none")}</Empty>}>
          {(runs) => (
            <div className="related">
              {runs.filter((run) => run.state === "done").length > 1 && (
                <p className="row small-table">
                  <Button
                    disabled={chosen.length !== 2}
                    onClick={() => void navigate(`/simulations/compare?first=${chosen[0]}&second=${chosen[1]}`)}
                  >
                    {t("simulations:compare")}
                  </Button>
                  <span className="grey">{chosen.length === 2 ? "" : t("simulations:compare_pick")}</span>
                </p>
              )}
              <SmallTable
                columns={[
                  { sr: t("simulations:compare") },
                  t("simulations:span"),
                  t("simulations:people"),
                  t("simulations:state"),
                  t("simulations:by"),
                  t("simulations:at"),
                ]}
              >
                {runs.map((run) => (
                  <tr key={run.id} onClick={() => void navigate(`/simulations/${run.id}`)}>
                    <td>
                      <Checkbox
                        onClick={(e) => e.stopPropagation()}
                        checked={chosen.includes(run.id)}
                        disabled={run.state !== "done"}
                        aria-label={t("simulations:compare_with", { id: run.id })}
                        onChange={() => setChosen(choose(chosen, run.id))}
                      />
                    </td>
                    <td>
                      <Link to={`/simulations/${run.id}`}>
                        {t("simulations:months", { count: months(run) })} · {t("simulations:to", { day: run.until_on })}
                      </Link>
                      {run.instead && (
                        <span className="grey-2">
                          {" · "}
                          {label(run.instead)}{" "}
                          {run.instead.draft
                            ? t("simulations:draft")
                            : t("simulations:version_n", { n: run.instead.version ?? 0 })}
                        </span>
                      )}
                    </td>
                    <td>{t(`simulations:people_${run.people}`)}</td>
                    <td>
                      <Chip tone={TONE[run.state]}>{t(`simulations:state_${run.state}`)}</Chip>
                    </td>
                    <td>{run.asked_by ?? "—"}</td>
                    <td>
                      <Moment value={run.asked_at} />
                    </td>
                  </tr>
                ))}
              </SmallTable>
            </div>
          )}
        </Fetched>
      </section>
    </Page>
  );
}
