import { useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { Failure, Head, Icon, Lines, Page, Side, useKeys, useNarrow, usePhone } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { type Picture, processQuery, type Standing } from "./api";
import { Inspector } from "./inspector";
import { foreseenQuery } from "./migration_api";
import { NodeRecords } from "./node_records";
import { NodeTable } from "./node_table";
import "./flow.css";
import "./processes.css";

const Diagram = lazy(async () => ({ default: (await import("./diagram")).Diagram }));
const Compare = lazy(async () => ({ default: (await import("./flow_compare")).Compare }));

/** A process as it runs now: the picture or the list, and one step explained. */
export function ProcessPage() {
  const key = useParams().key ?? "";
  const found = useQuery(processQuery(key));
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data)
    return (
      <Page>
        <Lines rows={12} />
      </Page>
    );
  return <Shown picture={found.data} />;
}

function Shown({ picture }: { picture: Picture }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(picture.form);
  const me = useMe();
  const phone = usePhone();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const view = phone || params.get("view") === "list" ? "list" : "picture";
  const chosen = params.get("node");
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next, { replace: true });
  };
  useKeys({ Escape: chosen !== null && (() => set("node", null)) });
  // whose count is open: a step's, or of the whole process
  const [at = "", what = "here"] = (params.get("records") ?? "").split(":") as [string?, Standing?];
  const showRecords = (node: string, standing: Standing) => set("records", `${node}:${standing}`);
  const inspector = chosen && (
    <Inspector picture={picture} chosen={chosen} onRecords={showRecords} onClose={() => set("node", null)} />
  );
  return (
    <Page fit>
      <Head
        title={label(picture)}
        fact={
          <>
            {form ? label(form) : picture.form} · {t("processes:version", { n: picture.version })} ·{" "}
            <button type="button" className="bare figure-link" onClick={() => showRecords("all", "here")}>
              {t("processes:open_of", { count: picture.open })}
            </button>
          </>
        }
        actions={
          <>
            {!phone && (
              <Segmented
                value={view}
                options={[
                  { value: "picture", label: t("processes:as_picture") },
                  { value: "list", label: t("processes:as_list") },
                ]}
                onChange={(v) => set("view", v === "list" ? "list" : null)}
              />
            )}
            {me.may.includes("design") && <OnOthers process={picture.key} />}
            {me.may.includes("design") && !phone && picture.version > 1 && (
              <Button icon={<Icon name="columns" size={15} />} onClick={() => set("compare", "1")}>
                {t("flow:compare_versions")}
              </Button>
            )}
            {me.may.includes("design") && (
              <Button
                icon={<Icon name="edit" size={15} />}
                aria-label={t("flow:edit")}
                onClick={() => void navigate(`/design/processes/${picture.key}`)}
              >
                {!phone && t("flow:edit")}
              </Button>
            )}
            <Button
              icon={<Icon name="gauge" size={15} />}
              aria-label={t("watch:open")}
              onClick={() => void navigate(`/processes/${picture.key}/watch`)}
            >
              {!phone && t("watch:open")}
            </Button>
            <Button
              icon={<Icon name="calendar" size={15} />}
              aria-label={t("processes:see_plan")}
              onClick={() => void navigate(`/plan?tab=plan&process=${picture.key}`)}
            >
              {!phone && t("processes:see_plan")}
            </Button>
          </>
        }
      />
      {picture.about && <p className="grey-2">{picture.about}</p>}
      <div className={inspector && !narrow ? "flow flow-open" : "flow"}>
        <section className="card card-flush flow-canvas">
          {view === "list" ? (
            <div className="list-scroll">
              <NodeTable picture={picture} onChoose={(k) => set("node", k)} onRecords={showRecords} />
            </div>
          ) : (
            <Suspense fallback={<Lines rows={8} height={60} />}>
              <Diagram picture={picture} chosen={chosen} onChoose={(k) => set("node", k)} onRecords={showRecords} />
            </Suspense>
          )}
        </section>
        {!narrow && inspector}
      </div>
      {narrow && (
        <Side open={chosen !== null} title={t("processes:step")} onClose={() => set("node", null)}>
          {inspector}
        </Side>
      )}
      {params.get("compare") && me.may.includes("design") && (
        <Suspense fallback={null}>
          <Compare process={picture.key} onClose={() => set("compare", null)} />
        </Suspense>
      )}
      {params.get("records") && (
        <NodeRecords
          picture={picture}
          node={at === "all" ? null : at}
          what={what}
          onClose={() => set("records", null)}
        />
      )}
    </Page>
  );
}

/** How many run on earlier versions, and the way to take them along. */
function OnOthers({ process }: { process: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const open = useQuery(foreseenQuery(process)).data?.open ?? 0;
  if (open === 0) return null;
  return (
    <Button onClick={() => void navigate(`/processes/${process}/migration`)}>
      {t("migration:open", { count: open })}
    </Button>
  );
}
