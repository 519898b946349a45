import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Chip, Empty, Fetched, format, Head, Icon, Moment, Page, SmallTable, usePhone } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { importsQuery } from "./api";
import { FoldersCard } from "./folders_card";
import { STATE_TONE } from "./states";
import { ZipCard } from "./zip_card";
import "./imports.css";

/** What was imported, newest first. */
export function ImportsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const navigate = useNavigate();
  const phone = usePhone();
  const imports = useQuery(importsQuery);
  const start = (
    <Button type="primary" icon={<Icon name="upload" size={15} />} onClick={() => void navigate("/imports/new")}>
      {t("imports:new")}
    </Button>
  );
  return (
    <Page>
      <Head
        title={t("shell:import")}
        fact={t("imports:fact")}
        actions={
          <>
            <Button
              icon={<Icon name="archive" size={15} />}
              aria-label={t("imports:zip")}
              onClick={() => void navigate("/imports/zip")}
            >
              {!phone && t("imports:zip")}
            </Button>
            {start}
          </>
        }
      />
      <ZipCard over={false} />
      <section className="card card-flush">
        <Fetched
          of={imports}
          rows={6}
          none={imports.data?.length === 0 && <Empty actions={start}>{t("imports:none")}</Empty>}
        >
          {(all) => (
            <SmallTable
              scrolls
              columns={[
                t("imports:file"),
                t("imports:into"),
                t("imports:state"),
                { right: t("imports:created") },
                { right: t("imports:updated") },
                t("imports:by"),
                t("imports:at"),
              ]}
            >
              {all.map((one) => (
                <tr key={one.id} onClick={() => void navigate(`/imports/${one.id}`)}>
                  <td>
                    <Link to={`/imports/${one.id}`} title={one.file_name}>
                      {format.middle(one.file_name)}
                    </Link>
                  </td>
                  <td>{label(forms.find((f) => f.key === one.form) ?? { label: one.form })}</td>
                  <td>
                    <Chip tone={STATE_TONE[one.state]}>{t(`imports:state_${one.state}`)}</Chip>
                  </td>
                  <td className="right">{count(one.result, "created")}</td>
                  <td className="right">{count(one.result, "updated")}</td>
                  <td>{one.created_label}</td>
                  <td>
                    <Moment value={one.finished_at ?? one.created_at} />
                  </td>
                </tr>
              ))}
            </SmallTable>
          )}
        </Fetched>
      </section>
      <ZipCard over />
      <FoldersCard />
    </Page>
  );
}

function count(
  result: { targets: { created: number; updated: number }[] } | null,
  what: "created" | "updated",
): string {
  return result ? result.targets.reduce((n, x) => n + x[what], 0).toLocaleString("en") : "—";
}
