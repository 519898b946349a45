import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import {
  Chip,
  Empty,
  Fetched,
  FieldError,
  Head,
  Icon,
  Notice,
  Page,
  Side,
  toast,
  useAsk,
  useNarrow,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { AccessTabs } from "@/rooms/people/access_tabs";
import { discardDraft, type Matrix, type MatrixRole, matrixQuery, reachQuery, saveDraft } from "./api";
import { CellPanel } from "./cell_panel";
import { type Chosen, Letters, MatrixTable } from "./matrix_table";
import { keyFrom, mostHeldFirst, type Tree } from "./model";
import { PublishSheet } from "./publish_sheet";
import { RolePanel } from "./role_panel";
import { SCOPE_TONES } from "./scope_words";
import { useMatrix, useProblems } from "./use_matrix";
import { ViewAs } from "./view_as";
import "./access.css";

/** Roles by forms, what each may do, and how it looks to somebody. */
export function AccessPage() {
  const { t } = useTranslation();
  const { matrix, edits, treeOf, edit, settle, fault } = useMatrix();
  const text = useProblemText();
  const client = useQueryClient();
  const ask = useAsk();
  const narrow = useNarrow();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const [publishing, setPublishing] = useState<number[] | null>(null);
  const [creating, setCreating] = useState(false);
  const data = matrix.data;
  const at = params.get("at");
  const chosen: Chosen | null = at ? { role: at.split(".")[0] ?? "", form: at.split(".")[1] ?? "" } : null;
  const choose = (next: Chosen | null) =>
    setParams(next ? { at: next.form ? `${next.role}.${next.form}` : next.role } : {}, { replace: true });
  const role = data?.roles.find((r) => r.key === chosen?.role);
  const drawn = data?.roles.filter((r) => r.draft_id !== null || edits[r.key]) ?? [];
  const renew = () => client.invalidateQueries({ queryKey: matrixQuery.queryKey }); // the rest hangs on its versions

  const openPublish = async () => {
    await settle();
    const fresh = client.getQueryData<Matrix>(["access", "matrix"])?.roles ?? [];
    const ids = fresh.flatMap((r) => (r.draft_id === null ? [] : [r.draft_id]));
    if (ids.length) setPublishing(ids);
  };
  const discard = async () => {
    const yes = await ask({
      title: t("access:discard_title", { count: drawn.length }),
      effect: t("access:discard_effect"),
      verb: t("access:discard"),
    });
    if (!yes) return;
    await settle();
    const fresh = client.getQueryData<Matrix>(["access", "matrix"])?.roles ?? [];
    for (const one of fresh) if (one.draft_id !== null) await discardDraft(one.key);
    choose(null);
    await renew();
  };
  const remove = useMutation({
    mutationFn: async (one: MatrixRole) => {
      await settle();
      if (one.state === "new") await discardDraft(one.key);
      else await saveDraft(one.key, null, one.draft_version);
    },
    onSuccess: renew,
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const back = async (one: MatrixRole) => {
    await discardDraft(one.key);
    await renew();
  };

  const panel = data && role && chosen && (
    <Panel
      matrix={data}
      role={role}
      chosen={chosen}
      tree={treeOf(role)}
      onEdit={(tree) => edit(role.key, tree)}
      onRemove={() => remove.mutate(role)}
      onBack={() => void back(role)}
    />
  );
  const title = data && role && chosen && <PanelTitle matrix={data} role={role} chosen={chosen} />;
  const actions = (
    <>
      {drawn.length > 0 && <Chip tone="warn">{t("access:unpublished", { count: drawn.length })}</Chip>}
      <Button icon={<Icon name="plus" size={16} />} onClick={() => setCreating(true)}>
        {t("access:new_role")}
      </Button>
      {drawn.length > 0 && (
        <>
          <Button onClick={() => void discard()}>{t("access:discard")}</Button>
          <Button type="primary" onClick={() => void openPublish()}>
            {t("access:publish")}
          </Button>
        </>
      )}
    </>
  );
  return (
    <Page>
      <Head title={t("access:title")} tabs={<AccessTabs active="matrix" />} actions={phone ? undefined : actions} />
      {phone && <div className="access-actions">{actions}</div>}
      {fault !== null && (
        <Notice tone="urgent" icon="bang">
          {text(fault)}
        </Notice>
      )}
      <Fetched of={matrix} rows={8}>
        {(data) => (
          <div className={`access-body ${panel && !narrow ? "access-with-panel" : ""}`}>
            <div className="access-main">
              <section className="card card-flush">
                {data.forms.length === 0 ? (
                  <Empty>{t("access:no_forms")}</Empty>
                ) : (
                  <MatrixTable
                    forms={data.forms.filter((f) => !f.within)}
                    roles={mostHeldFirst(data.roles)}
                    treeOf={treeOf}
                    edited={(one) => one.draft_id !== null || edits[one.key] !== undefined}
                    chosen={chosen}
                    onChoose={choose}
                  />
                )}
                {data.forms.length > 0 && <Legend />}
              </section>
              {data.forms.length > 0 && <ViewAs key={chosen?.form} matrix={data} at={chosen?.form} />}
            </div>
            {panel &&
              (narrow ? (
                <Side open title={title} onClose={() => choose(null)} width={440}>
                  <div className="access-side">{panel}</div>
                </Side>
              ) : (
                <aside className="card access-aside">
                  <div className="access-aside-head">
                    {title}
                    <button type="button" className="icon-button" aria-label={t("close")} onClick={() => choose(null)}>
                      <Icon name="close" size={16} />
                    </button>
                  </div>
                  {panel}
                </aside>
              ))}
          </div>
        )}
      </Fetched>
      {data && publishing && <PublishSheet matrix={data} drafts={publishing} onClose={() => setPublishing(null)} />}
      {data && creating && (
        <NewRole
          taken={data.roles.map((r) => r.key)}
          onClose={() => setCreating(false)}
          onCreated={async (key) => {
            setCreating(false);
            await renew();
            choose({ role: key, form: "" });
          }}
        />
      )}
    </Page>
  );
}

function PanelTitle({ matrix, role, chosen }: { matrix: Matrix; role: MatrixRole; chosen: Chosen }) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = matrix.forms.find((f) => f.key === chosen.form);
  const reach = useQuery({ ...reachQuery(role.key, chosen.form), enabled: !!form && role.current !== null }).data;
  return (
    <span className="spread cut">
      <h2 className="cut">{form ? `${label(role)} · ${label(form)}` : label(role)}</h2>
      <span className="grey small">
        {t("access:holders", { count: role.holders })}
        {form && reach && (
          <>
            {" · "}
            {t("access:reach", { count: reach.records, records: reach.records.toLocaleString("en"), noun: form.noun })}
          </>
        )}
      </span>
    </span>
  );
}

function Panel({
  matrix,
  role,
  chosen,
  tree,
  onEdit,
  onRemove,
  onBack,
}: {
  matrix: Matrix;
  role: MatrixRole;
  chosen: Chosen;
  tree: Tree | null;
  onEdit: (tree: Tree) => void;
  onRemove: () => void;
  onBack: () => void;
}) {
  const problems = useProblems(role);
  const form = matrix.forms.find((f) => f.key === chosen.form);
  const shared = { matrix, role, problems, onEdit };
  if (!form || role.state === "going" || !tree)
    return <RolePanel {...shared} key={role.key} tree={tree} onRemove={onRemove} onBack={onBack} />;
  return <CellPanel {...shared} key={`${role.key}.${form.key}`} form={form} tree={tree} />;
}

function Legend() {
  const { t } = useTranslation();
  return (
    <div className="matrix-legend grey small">
      {["own", "department_below", "condition", "all"].map((scope) => (
        <Chip key={scope} tone={SCOPE_TONES[scope] ?? "plain"}>
          {t(`access:scope_${scope}`)}
        </Chip>
      ))}
      {t("access:legend_scope")}
      <i className="matrix-legend-line" aria-hidden />
      <Letters grant={{ rows: "all", rights: ["read", "create", "update"], fields: {} }} />
      {t("access:legend")}
      <span className="spread" />
      {t("access:several")}
    </div>
  );
}

function NewRole({
  taken,
  onClose,
  onCreated,
}: {
  taken: readonly string[];
  onClose: () => void;
  onCreated: (key: string) => Promise<void>;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const wrong = taken.includes(key);
  const make = useMutation({
    mutationFn: () => saveDraft(key, { role: key, label: name.trim() }, null),
    onSuccess: () => onCreated(key),
  });
  return (
    <Modal
      open
      title={t("access:new_role")}
      okText={t("access:draw_role")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !name.trim() || !key || wrong, loading: make.isPending }}
      onOk={() => make.mutate()}
      onCancel={onClose}
    >
      <div className="access-panel">
        <div className="labelled">
          <label htmlFor="new-role">{t("access:label")}</label>
          <Input
            id="new-role"
            autoFocus
            value={name}
            onChange={(e) => {
              setName(e.target.value);
              if (key === keyFrom(name)) setKey(keyFrom(e.target.value));
            }}
          />
        </div>
        <div className="labelled">
          <label htmlFor="new-role-key">{t("access:key")}</label>
          <Input
            id="new-role-key"
            className="mono"
            value={key}
            status={wrong ? "error" : ""}
            onChange={(e) => setKey(keyFrom(e.target.value))}
          />
          {wrong ? (
            <FieldError>{t("access:key_taken")}</FieldError>
          ) : (
            <span className="grey small">{t("access:key_fact")}</span>
          )}
        </div>
        {make.isError && <FieldError>{text(make.error)}</FieldError>}
      </div>
    </Modal>
  );
}
