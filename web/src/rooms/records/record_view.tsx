import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys, Problem } from "@/api";
import { Empty, Failure, Icon, Lines, Moment, Notice, Tabs, toast, useKeys, usePhone, useProblemText } from "@/kit";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { MergedInto } from "@/rooms/merge";
import { useMe } from "@/rooms/people";
import { Comments, Faces, useRecordLive } from "@/rooms/together";
import { countQuery, deleteRecord, type RecordAnswer, recordQuery, restoreRecord } from "./api";
import { Editor } from "./editor";
import { FactStrip, Facts } from "./facts";
import { QuickActs } from "./quick_acts";
import { dropDraft, inOrder, type Kept, keptDraft, reachedBy } from "./record_model";
import { useCollectionCounts, useCollectionName } from "./use_collections";
import "./record.css";

const History = lazy(async () => ({ default: (await import("./history")).History }));
const ReachedList = lazy(async () => ({ default: (await import("./related")).ReachedList }));
const RelatedList = lazy(async () => ({ default: (await import("./related")).RelatedList }));
const RecordTasks = lazy(async () => ({ default: (await import("@/rooms/tasks/record_tasks")).RecordTasks }));
const RecordMessages = lazy(async () => ({
  default: (await import("@/rooms/messages/record_messages")).RecordMessages,
}));
const RecordPlan = lazy(async () => ({ default: (await import("./record_plan")).RecordPlan }));
const HeldNotice = lazy(async () => ({ default: (await import("./hold")).HeldNotice }));
const HoldDialog = lazy(async () => ({ default: (await import("./hold")).HoldDialog }));
const Overview = lazy(async () => ({ default: (await import("@/rooms/customer")).Overview }));
const HeadLine = lazy(async () => ({ default: (await import("@/rooms/customer")).HeadLine }));
const CentreActs = lazy(async () => ({ default: (await import("@/rooms/customer")).CentreActs }));
const HeadChips = lazy(async () => ({ default: (await import("@/rooms/customer")).HeadChips }));
const Tile = lazy(async () => ({ default: (await import("@/rooms/customer")).Tile }));
const Strip = lazy(async () => ({ default: (await import("@/rooms/customer")).Strip }));

export interface ViewParts {
  head: ReactNode;
  actions: ReactNode;
  body: ReactNode;
  tab: string;
}

/** One record: facts, then what belongs to it. The drawer and the full page put the same parts into different frames. */
export function useRecordView(
  form: Form,
  id: number,
  options: { tab: string; onTab: (tab: string) => void; onGone: () => void; wide: boolean; level: 1 | 2 },
): ViewParts {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const phone = usePhone();
  const [editing, setEditing] = useState<{ field: string | null; draft?: Kept } | null>(null);
  const [holding, setHolding] = useState(false);
  const answer = useQuery(recordQuery(form.key, id));
  const record = answer.data;
  useRecordLive(form, id);

  const remove = useMutation({
    mutationFn: (r: RecordAnswer) => deleteRecord(form.key, r.id, r.version),
    onSuccess: async () => {
      options.onGone();
      await client.invalidateQueries({ queryKey: ["records"], predicate: (q) => q.queryKey[2] !== "record" });
      void client.invalidateQueries({ queryKey: keys.allTasks });
      toast({
        text: t("records:deleted", { name: record?.title || `#${id}` }),
        undo: async () => {
          await restoreRecord(form.key, id);
          await client.invalidateQueries({ queryKey: ["records"] });
          toast({ text: t("undone") });
        },
      });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });

  useKeys({ "shift+e": record?.may.includes("update") && (() => setEditing({ field: null })) });

  const centre = form.overview != null && options.level === 1; // a page of its own has room for its acts
  const brief = phone || centre; // what the page is for stands in words, the rest as signs
  const title = record ? record.title || `#${record.id}` : "";
  const head = (
    <>
      {centre && record && (
        <Suspense fallback={<span className="tile" />}>
          <Tile name={title} />
        </Suspense>
      )}
      <div className="record-title">
        <div className="record-name">
          {options.level === 1 ? (
            <h1 className="cut">{title || label(form)}</h1>
          ) : (
            <h2 className="cut">{title || label(form)}</h2>
          )}
          {form.overview && record && (
            <Suspense fallback={null}>
              <HeadChips form={form} record={record} />
            </Suspense>
          )}
        </div>
        <span className="grey cut">
          {form.overview && record ? (
            <Suspense fallback={label(form)}>
              <HeadLine form={form} record={record} />
            </Suspense>
          ) : (
            label(form)
          )}
        </span>
      </div>
      {record && <Faces form={form.key} id={id} editing={editing !== null} />}
    </>
  );
  const actions = record && !editing && (
    <span className="row">
      {record.may.includes("update") && (
        <Button
          icon={<Icon name="edit" size={brief ? 18 : 14} />}
          aria-label={t("records:edit")}
          title={brief ? t("records:edit") : undefined}
          onClick={() => setEditing({ field: null })}
        >
          {brief ? null : t("records:edit")}
        </Button>
      )}
      {centre && !phone && (
        <Suspense fallback={null}>
          <CentreActs form={form} record={record} />
        </Suspense>
      )}
      {record.may.includes("delete") && (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              ...(record.may.includes("update")
                ? [
                    {
                      key: "hold",
                      label: t("records:hold"),
                      icon: <Icon name="pause" size={14} />,
                      onClick: () => setHolding(true),
                    },
                  ]
                : []),
              {
                key: "merge",
                label: <Link to={`/r/${form.key}/${record.id}/merge`}>{t("merge:menu")}</Link>,
                icon: <Icon name="transfer" size={14} />,
              },
              {
                key: "delete",
                label: t("records:delete"),
                icon: <Icon name="trash" size={14} />,
                onClick: () => remove.mutate(record),
              },
            ],
          }}
        >
          <Button aria-label={t("more")} icon={<Icon name="more" size={16} />} />
        </Dropdown>
      )}
      {holding && (
        <Suspense fallback={null}>
          <HoldDialog form={form.key} id={record.id} onClose={() => setHolding(false)} />
        </Suspense>
      )}
    </span>
  );

  let body: ReactNode;
  if (answer.error instanceof Problem && answer.error.status === 404)
    body = (
      <Empty actions={<Button onClick={options.onGone}>{t("records:missing_go", { label: label(form) })}</Button>}>
        {t("records:missing", { noun: form.noun, label: label(form) })}
        <MergedInto form={form.key} id={id} />
      </Empty>
    );
  else if (answer.isError) body = <Failure error={answer.error} retry={() => void answer.refetch()} />;
  else if (!record) body = <Lines rows={10} />;
  else if (editing)
    body = (
      <Editor
        form={form}
        record={record}
        focus={editing.field}
        draft={editing.draft ?? null}
        onDone={() => setEditing(null)}
        onCancel={() => setEditing(null)}
      />
    );
  else
    body = (
      <RecordBody
        form={form}
        record={record}
        tab={options.tab}
        wide={options.wide}
        onTab={options.onTab}
        onEdit={(field, draft) => setEditing({ field, ...(draft && { draft }) })}
      />
    );
  return { head, actions, body, tab: options.tab };
}

function RecordBody({
  form,
  record,
  tab,
  wide,
  onTab,
  onEdit,
}: {
  form: Form;
  record: RecordAnswer;
  tab: string;
  wide: boolean;
  onTab: (tab: string) => void;
  onEdit: (field: string | null, draft?: Kept) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { account } = useMe();
  const [kept, setKept] = useState(() => keptDraft({ account, form: form.key, id: record.id }));
  const name = useCollectionName(form);
  const counts = useCollectionCounts(form, record.id);
  const collection = form.collections.find((c) => c.key === tab);
  const reached = reachedBy(form, useForms());
  const through = reached.find((one) => one.key === tab);
  const reachedCounts = useQueries({
    queries: reached.map((one) => countQuery(one.form.key, { filter: `${one.path} = ${record.id}`, search: "" })),
  });
  const tabs = [
    { key: "overview", label: t("records:overview") },
    ...(form.overview ? [{ key: "facts", label: t("customer:facts") }] : []),
    ...inOrder(form).map((c) => ({ key: c.key, label: name(c), count: counts.get(c.key) })),
    ...reached.map((one, at) => ({ key: one.key, label: label(one.form), count: reachedCounts[at]?.data?.count })),
    { key: "tasks", label: t("records:tasks") },
    { key: "plan", label: t("records:plan") },
    { key: "messages", label: t("records:messages") },
    { key: "comments", label: t("together:comments") },
    { key: "history", label: t("records:history") },
  ];
  const active = tabs.some((x) => x.key === tab) ? tab : "overview";
  return (
    <>
      <div className="record-top">
        <Suspense fallback={null}>
          <div className="record-notices">
            <HeldNotice form={form.key} id={record.id} mayEnd={record.may.includes("update")} />
            {kept && record.may.includes("update") && (
              <Notice
                tone="info"
                icon="history"
                action={
                  <span className="row">
                    <Button size="small" onClick={() => onEdit(null, kept)}>
                      {t("records:go_on_editing")}
                    </Button>
                    <Button
                      size="small"
                      type="text"
                      onClick={() => {
                        dropDraft({ account, form: form.key, id: record.id });
                        setKept(null);
                      }}
                    >
                      {t("records:drop_draft")}
                    </Button>
                  </span>
                }
              >
                {t("records:draft_kept")} <Moment value={kept.at} />
              </Notice>
            )}
          </div>
        </Suspense>
        {form.overview ? (
          <Suspense fallback={<div className="strip" />}>
            <Strip form={form} record={record} />
          </Suspense>
        ) : (
          <FactStrip form={form} record={record} />
        )}
        <QuickActs form={form} record={record} />
        <Tabs items={tabs} active={active} onChange={onTab} label={t("records:parts")} />
      </div>
      <div className="record-body">
        <Suspense fallback={<Lines rows={6} />}>
          {active === "overview" && form.overview && (
            <Overview form={form} record={record} alone={!wide} onAll={() => onTab("facts")} />
          )}
          {active === "facts" && <Facts form={form} record={record} onEdit={onEdit} />}
          {active === "overview" && !form.overview && (
            <>
              {!wide && <Facts form={form} record={record} onEdit={onEdit} />}
              {wide && form.collections.length === 0 && <Facts form={form} record={record} onEdit={onEdit} />}
              {wide &&
                form.collections.slice(0, 3).map((c) => (
                  <section key={c.key} className="card card-flush">
                    <div className="card-head">
                      <h2>{name(c)}</h2>
                      <span className="spread" />
                      <Button size="small" type="link" onClick={() => onTab(c.key)}>
                        {t("all")}
                      </Button>
                    </div>
                    <RelatedList form={form} record={record} collection={c} most={5} />
                  </section>
                ))}
            </>
          )}
          {through && <ReachedList key={through.key} record={record} reached={through} />}
          {collection && <RelatedList form={form} record={record} collection={collection} />}
          {active === "plan" && <RecordPlan form={form.key} id={record.id} />}
          {active === "tasks" && <RecordTasks form={form.key} id={record.id} />}
          {active === "messages" && <RecordMessages form={form.key} id={record.id} />}
          {active === "comments" && <Comments form={form.key} id={record.id} />}
          {active === "history" && <History form={form} id={record.id} />}
        </Suspense>
      </div>
    </>
  );
}
