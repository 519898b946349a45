import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Chip, Empty, Fetched, Head, Moment, Page, SmallTable } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { processesQuery } from "./api";
import "./processes.css";

/** Every process: for which form, which version, how many are under way. */
export function ProcessesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const navigate = useNavigate();
  const found = useQuery(processesQuery);
  return (
    <Page>
      <Head title={t("shell:processes")} fact={t("processes:list_fact")} />
      <section className="card card-flush">
        <Fetched of={found} rows={6} none={found.data?.length === 0 && <Empty>{t("processes:none")}</Empty>}>
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
    </Page>
  );
}
