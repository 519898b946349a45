import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Chip, Empty, Fetched, Head, Icon, Moment, Page, SmallTable, usePhone } from "@/kit";
import { definitionsQuery } from "@/rooms/design";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { processesQuery } from "./api";
import { NewProcess } from "./new_process";
import "./processes.css";

/** Every process: for which form, which version, how many are under way. */
export function ProcessesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const navigate = useNavigate();
  const found = useQuery(processesQuery);
  const phone = usePhone();
  const may = useMe().may.includes("design");
  const defined = useQuery({ ...definitionsQuery("process"), enabled: may }).data ?? [];
  const drafts = defined.filter((d) => d.draft !== null);
  const [creating, setCreating] = useState(false);
  const fresh = may && !phone && (
    <Button type="primary" icon={<Icon name="plus" size={15} />} onClick={() => setCreating(true)}>
      {t("flow:create")}
    </Button>
  );
  return (
    <Page>
      <Head title={t("shell:processes")} fact={t("processes:list_fact")} actions={fresh || undefined} />
      {drafts.length > 0 && (
        <section className="card card-flush">
          <SmallTable columns={[t("flow:draft"), t("forms:state"), t("forms:drawn")]}>
            {drafts.map((d) => (
              <tr key={d.key}>
                <td>
                  <Link to={`/design/processes/${d.key}`}>{label(d)}</Link>
                </td>
                <td>
                  <Chip tone={d.state === "new" ? "info" : "warn"}>
                    {d.state === "new" ? t("flow:new") : t(`forms:state_${d.state}`, { n: d.number + 1 })}
                  </Chip>
                </td>
                <td>{d.draft && <Moment value={d.draft.at} />}</td>
              </tr>
            ))}
          </SmallTable>
        </section>
      )}
      <section className="card card-flush">
        <Fetched
          of={found}
          rows={6}
          none={found.data?.length === 0 && <Empty actions={fresh || undefined}>{t("processes:none")}</Empty>}
        >
          {(processes) => (
            <SmallTable
              scrolls
              className="processes-table"
              columns={[
                t("processes:process"),
                t("processes:for"),
                { right: t("processes:here") },
                t("processes:version_head"),
                t("processes:published"),
              ]}
            >
              {processes.map((p) => {
                const form = forms.find((f) => f.key === p.form);
                return (
                  <tr key={p.key} onClick={() => void navigate(`/processes/${p.key}`)}>
                    <td>
                      <Link to={`/processes/${p.key}`}>{label(p)}</Link>
                      {p.stuck > 0 && (
                        <>
                          {" "}
                          <Chip tone="urgent" icon="bang">
                            {t("processes:stuck_of", { count: p.stuck })}
                          </Chip>
                        </>
                      )}
                      {p.about && <span className="grey small process-about">{p.about}</span>}
                    </td>
                    <td>{form ? label(form) : p.form}</td>
                    <td className="right">
                      <Link to={`/processes/${p.key}?records=all:here`} onClick={(e) => e.stopPropagation()}>
                        {p.open.toLocaleString("en")}
                      </Link>
                    </td>
                    <td>{t("processes:version", { n: p.version })}</td>
                    <td>
                      <Moment value={p.published_at} />
                    </td>
                  </tr>
                );
              })}
            </SmallTable>
          )}
        </Fetched>
      </section>
      {creating && <NewProcess taken={defined.map((d) => d.key)} onClose={() => setCreating(false)} />}
    </Page>
  );
}
