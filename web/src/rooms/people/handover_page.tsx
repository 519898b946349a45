import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, InputNumber, Select } from "antd";
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
  Lines,
  Moment,
  Notice,
  Page,
  SmallTable,
  toast,
  useAsk,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { AccessTabs } from "./access_tabs";
import { useMe } from "./api";
import { HeldList, useHeldText } from "./held_list";
import {
  colleaguesQuery,
  type Handover,
  type HandoverPlan,
  type Holdings,
  handOver,
  handoverPlan,
  handoversQuery,
  holdingsQuery,
  type Share,
  undoHandover,
} from "./people_api";
import "./organisation.css";

/** Everything of a leaver to others: what there is, who gets it, the sum before and after, and the proof. */
export function HandoverPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [params, setParams] = useSearchParams();
  const people = useQuery(colleaguesQuery).data ?? [];
  const person = Number(params.get("person")) || null;
  const held = useQuery({ ...holdingsQuery(person ?? 0), enabled: person !== null });
  return (
    <Page>
      <Head title={t("access:title")} tabs={<AccessTabs active="handover" />} />
      <section className="card handover">
        <div className="labelled handover-who">
          <label htmlFor="handover-person">{t("people:who_leaves")}</label>
          <Select
            id="handover-person"
            value={person}
            options={people
              .filter((one) => one.id !== me.id)
              .map((one) => ({ value: one.id, label: one.department ? `${one.name} · ${one.department}` : one.name }))}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(value: number) => setParams({ person: String(value) }, { replace: true })}
          />
        </div>
        {person === null ? (
          <p className="grey">{t("people:choose_leaver")}</p>
        ) : (
          <Fetched
            of={held}
            rows={4}
            none={
              held.data?.held.length === 0 && (
                <Notice tone="brand" icon="tick">
                  {t("people:nothing_held", { name: held.data.name })}
                </Notice>
              )
            }
          >
            {(holdings) => <Deal key={person} holdings={holdings} />}
          </Fetched>
        )}
      </section>
      <Done />
    </Page>
  );
}

function Deal({ holdings }: { holdings: Holdings }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [to, setTo] = useState<Share[]>([]);
  const [disable, setDisable] = useState(holdings.active);
  const plan = useQuery({
    queryKey: ["handover", "plan", holdings.id, to],
    queryFn: ({ signal }) => handoverPlan(holdings.id, to, signal),
    enabled: to.length > 0,
    staleTime: 0,
    gcTime: 0,
  });
  const done = useMutation({
    mutationFn: () => handOver(holdings.id, to, disable && holdings.active),
    onSuccess: async (made) => {
      toast({
        text: t("people:handed_over", { name: holdings.name }),
        undo: async () => {
          await undoHandover(made.id);
          await client.invalidateQueries();
        },
      });
      await client.invalidateQueries();
    },
  });
  const receivers = holdings.receivers;
  const choose = (ids: number[]) =>
    setTo(ids.map((id) => to.find((one) => one.person === id) ?? { person: id, capacity: 1 }));
  const byCapacity = () =>
    setTo(to.map((one) => ({ ...one, capacity: receivers.find((r) => r.id === one.person)?.median ?? 1 })));
  return (
    <>
      <h3>{t("people:has", { name: holdings.name })}</h3>
      <HeldList held={holdings.held} steps={holdings.steps} />
      <div className="labelled">
        <label htmlFor="handover-to">{t("people:to_whom")}</label>
        <Select
          id="handover-to"
          mode="multiple"
          value={to.map((one) => one.person)}
          options={receivers.map((one) => ({
            value: one.id,
            label: [one.name, one.department].filter(Boolean).join(" · "),
          }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={choose}
        />
      </div>
      {to.length > 1 && (
        <div className="handover-shares">
          {to.map((one) => {
            const known = receivers.find((r) => r.id === one.person);
            return (
              <div key={one.person} className="row handover-share">
                <span className="spread cut">{known?.name}</span>
                <span className="grey small">
                  {known?.median ? t("people:median", { count: known.median }) : t("people:no_median")}
                </span>
                <InputNumber
                  aria-label={t("people:capacity_of", { name: known?.name ?? "" })}
                  min={0.1}
                  max={1000}
                  value={one.capacity}
                  onChange={(value) =>
                    setTo(to.map((s) => (s.person === one.person ? { ...s, capacity: value ?? 1 } : s)))
                  }
                />
              </div>
            );
          })}
          <Button className="tinted" onClick={byCapacity}>
            {t("people:by_capacity")}
          </Button>
          <span className="grey small">{t("people:capacity_fact")}</span>
        </div>
      )}
      {to.length > 0 &&
        (plan.isError ? (
          <FieldError>{text(plan.error)}</FieldError>
        ) : plan.data ? (
          <PlanTable plan={plan.data} name={holdings.name} />
        ) : (
          <Lines rows={4} />
        ))}
      {done.isError && <FieldError>{text(done.error)}</FieldError>}
      <div className="row handover-act">
        {holdings.active && (
          <Checkbox checked={disable} onChange={(e) => setDisable(e.target.checked)}>
            {t("people:and_disable", { name: holdings.name })}
          </Checkbox>
        )}
        <span className="spread" />
        <Button
          type="primary"
          disabled={!plan.data || plan.isFetching}
          title={to.length === 0 ? t("people:choose_receiver") : undefined}
          loading={done.isPending}
          onClick={() => done.mutate()}
        >
          {disable && holdings.active ? t("people:hand_over_and_disable") : t("people:hand_over")}
        </Button>
      </div>
    </>
  );
}

function PlanTable({ plan, name }: { plan: HandoverPlan; name: string }) {
  const { t } = useTranslation();
  const heldText = useHeldText();
  const people = plan.lines[0]?.to ?? [];
  const rest = plan.rest.map((one) => `${t(`people:held_${one.kind}`)} ${one.count}`).join(t("access:and"));
  return (
    <>
      {plan.lines.length > 0 && (
        <div className="handover-scroll">
          <SmallTable
            className="handover-plan"
            columns={[
              t("people:what"),
              { right: name },
              ...people.map((one) => ({ right: one.name })),
              { right: t("people:sum") },
            ]}
          >
            {plan.lines.map((line) => {
              const before = line.count + line.to.reduce((sum, one) => sum + one.before, 0);
              const after = line.to.reduce((sum, one) => sum + one.after, 0);
              return (
                <tr key={`${line.form}.${line.field}`}>
                  <td>{heldText(line)}</td>
                  <td className="right">{line.count.toLocaleString("en")} → 0</td>
                  {line.to.map((one) => (
                    <td key={one.id} className="right">
                      {one.before.toLocaleString("en")} → <b>{one.after.toLocaleString("en")}</b>
                    </td>
                  ))}
                  <td className="right">
                    {before.toLocaleString("en")} = {after.toLocaleString("en")}
                  </td>
                </tr>
              );
            })}
          </SmallTable>
        </div>
      )}
      {rest && <p className="grey-2">{t("people:rest_to", { rest, name: plan.chief })}</p>}
      <p className="grey small">{t("people:together")}</p>
    </>
  );
}

/** 46 家客户、9 项任务: per form as many as the owner's field had. */
function useInWords() {
  const { t } = useTranslation();
  const label = useLabel();
  return (one: Handover) => {
    const seen = new Set<string>();
    return one.plan.lines
      .filter((line) => !seen.has(line.form) && seen.add(line.form))
      .map((line) =>
        line.kind === "tasks"
          ? t("people:so_many_tasks", { count: line.count })
          : t("people:so_many", {
              count: line.count,
              noun: line.noun,
              label: label({ label: line.form_label, label_en: line.form_label_en }),
            }),
      )
      .join(t("access:and"));
  };
}

/** What was handed over, each with its proof and its way back. */
function Done() {
  const { t } = useTranslation();
  const found = useQuery(handoversQuery);
  return (
    <section className="card card-flush" aria-label={t("people:handovers")}>
      <div className="card-head">
        <h2>{t("people:handovers")}</h2>
      </div>
      <Fetched of={found} rows={3} none={found.data?.length === 0 && <Empty>{t("people:no_handovers")}</Empty>}>
        {(handovers) => (
          <ul className="handover-done">
            {handovers.map((one) => (
              <DoneLine key={one.id} one={one} />
            ))}
          </ul>
        )}
      </Fetched>
    </section>
  );
}

function DoneLine({ one }: { one: Handover }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const text = useProblemText();
  const client = useQueryClient();
  const held = useQuery({ ...holdingsQuery(one.person_id), enabled: one.undone_at === null });
  const heldText = useHeldText();
  const inWords = useInWords();
  const undo = useMutation({
    mutationFn: () => undoHandover(one.id),
    onSuccess: async (told) => {
      toast({
        text: told.kept
          ? t("people:undone_but", { name: one.person, count: told.kept })
          : t("people:undone_all", { name: one.person }),
      });
      await client.invalidateQueries();
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const what = one.plan.lines
    .map((line) => `${heldText(line)} ${line.count.toLocaleString("en")}`)
    .join(t("access:and"));
  const left = held.data?.held.reduce((sum, h) => sum + h.count, 0);
  return (
    <li>
      <span className="spread">
        <span className="row">
          {one.undone_at ? (
            <Chip>{t("people:undone_chip")}</Chip>
          ) : left === 0 ? (
            <Icon name="tick" size={16} style={{ color: "var(--brand)" }} />
          ) : null}
          <b>
            {one.undone_at
              ? t("people:was_handed", { name: one.person })
              : left === 0
                ? t("people:nothing_left", { name: one.person, what: inWords(one) })
                : t("people:arrived_since", { name: one.person, count: left ?? 0 })}
          </b>
        </span>
        <span className="grey small handover-what">{what}</span>
        <span className="grey small">
          {one.by} <Moment value={one.at} />
        </span>
      </span>
      {!one.undone_at && (
        <Button
          size="small"
          loading={undo.isPending}
          onClick={async () => {
            const yes = await ask({
              title: t("people:undo_title", { name: one.person }),
              effect: t("people:undo_effect"),
              verb: t("undo"),
            });
            if (yes) undo.mutate();
          }}
        >
          {t("undo")}
        </Button>
      )}
    </li>
  );
}
