import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Problem } from "@/api";
import { Empty, Failure, Icon, Lines, Moment, Notice, toast, useProblemText } from "@/kit";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { undoChange, type Value } from "@/rooms/records";
import { Cell } from "@/rooms/records/cell";
import { type Compared, compareQuery, type Difference, foreseeQuery, restoreFields, type Standing } from "./api";
import { between, named } from "./model";
import { useReason } from "./use_reason";

const PlanChangeNote = lazy(async () => ({ default: (await import("@/rooms/records/plan_change")).PlanChangeNote }));

/** Two moments of a record field by field; chosen fields of the first can come back. */
export function Compare({
  form,
  standing,
  a,
  b,
  every,
}: {
  form: Form;
  standing: Standing;
  a: string;
  b: string;
  /** the fields that are equal, too */
  every: boolean;
}) {
  const { t } = useTranslation();
  const compared = useQuery(compareQuery(form.key, standing.id, a, b));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (compared.isError) return <Failure error={compared.error} retry={() => void compared.refetch()} />;
  if (!compared.data) return <Lines rows={8} />;
  const data = compared.data;
  const changed = data.fields.filter((f) => f.changed);
  const may = a !== "now" && standing.may.includes("update") && !standing.deleted_at && data.a.state !== "absent";
  const can = (f: Difference) => may && f.changed && !f.computed && f.level === "write";
  const picked = chosen.filter((key) => data.fields.some((f) => f.key === key && can(f)));
  const rows = every ? data.fields : changed;
  return (
    <>
      {data.a.state === "absent" && <Notice tone="info">{t("history:not_there_yet")}</Notice>}
      {rows.length === 0 ? (
        <Empty>{t("history:no_difference")}</Empty>
      ) : (
        <table
          className={may ? "past-table past-table-may" : "past-table"}
          data-dim={compared.isPlaceholderData || undefined}
        >
          <thead>
            <tr>
              {may && (
                <td>
                  <Checkbox
                    aria-label={t("history:pick_all")}
                    disabled={!rows.some(can)}
                    checked={picked.length > 0 && picked.length === rows.filter(can).length}
                    indeterminate={picked.length > 0 && picked.length < rows.filter(can).length}
                    onChange={(e) => setChosen(e.target.checked ? rows.filter(can).map((f) => f.key) : [])}
                  />
                </td>
              )}
              <th scope="col">{t("records:field")}</th>
              <th scope="col">
                <SideHead name="A" at={data.a.at} now={a === "now"} />
              </th>
              <th scope="col">
                <SideHead name="B" at={data.b.at} now={b === "now"} />
              </th>
              <th scope="col">{t("history:changed_by")}</th>
              <th scope="col">{t("history:when")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((f) => (
              <FieldRow
                key={f.key}
                form={form}
                field={f}
                may={may}
                can={can(f)}
                on={picked.includes(f.key)}
                onPick={(on) => setChosen(on ? [...picked, f.key] : picked.filter((key) => key !== f.key))}
              />
            ))}
          </tbody>
        </table>
      )}
      <BesideList beside={data.beside} />
      {picked.length > 0 && (
        <Restore form={form} standing={standing} at={a} keys={picked} onDone={() => setChosen([])} />
      )}
    </>
  );
}

function SideHead({ name, at, now }: { name: string; at: string; now: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="row">
      <b className={`past-side past-side-${name}`}>{name}</b>
      {now ? t("history:now") : <Moment value={at} />}
    </span>
  );
}

function FieldRow({
  form,
  field: f,
  may,
  can,
  on,
  onPick,
}: {
  form: Form;
  field: Difference;
  may: boolean;
  can: boolean;
  on: boolean;
  onPick: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const { who, why } = useReason();
  const field = form.fields.find((one) => one.key === f.key);
  const name = field ? label(field) : f.key;
  const empty = (side: unknown) => side === null || side === undefined || (Array.isArray(side) && side.length === 0);
  const value = (side: unknown) => {
    if (!field || empty(side)) return <span className="grey">—</span>;
    const text = named(side);
    const listed = Array.isArray(side) && typeof side[0] === "object";
    const plain = !["relation", "person", "department", "multi_select"].includes(field.kind);
    return text !== null && (listed || plain) ? text : <Cell field={field} value={side as Value} />;
  };
  const note = f.computed ? t("history:computed") : f.level === "masked" ? t("history:masked") : "";
  const because = f.last ? why(f.last) : "";
  const wordy = f.changed && (field?.kind === "text" || field?.kind === "long_text");
  const texts = wordy && typeof f.a === "string" && typeof f.b === "string" ? between(f.a, f.b) : null;
  return (
    <tr data-on={on || undefined}>
      {may && (
        <td>
          <Checkbox
            checked={on}
            disabled={!can}
            title={can || !f.changed ? undefined : note || t("history:no_right_to_restore")}
            aria-label={t("history:pick", { field: name })}
            onChange={(e) => onPick(e.target.checked)}
          />
        </td>
      )}
      <th scope="row">{name}</th>
      {texts ? (
        <>
          <td className="past-a">
            {texts.head}
            {texts.a && <del>{texts.a}</del>}
            {texts.tail}
          </td>
          <td className="past-b">
            {texts.head}
            {texts.b && <ins>{texts.b}</ins>}
            {texts.tail}
          </td>
        </>
      ) : (
        <>
          <td className="past-a">{f.changed && !empty(f.a) ? <del>{value(f.a)}</del> : value(f.a)}</td>
          <td className="past-b">{f.changed && !empty(f.b) ? <ins>{value(f.b)}</ins> : value(f.b)}</td>
        </>
      )}
      <td className="grey">
        {f.last && (
          <>
            {who(f.last)}
            {because && <span className="past-why">{because}</span>}
          </>
        )}
        {note && (f.last ? <span className="past-why">{note}</span> : note)}
      </td>
      <td className="grey past-when">{f.last && <Moment value={f.last.at} />}</td>
    </tr>
  );
}

function BesideList({ beside }: { beside: Compared["beside"] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const count = beside.reduce((n, one) => n + one.count, 0);
  if (count === 0) return null;
  return (
    <section className="past-beside">
      <h3>
        {t("history:beside")} <span className="grey">{t("history:n_records", { count })}</span>
      </h3>
      <ul>
        {beside.flatMap((one) => {
          const form = forms.find((f) => f.key === one.form);
          return one.records.map((record) => (
            <li key={`${one.form}.${record.id}`}>
              <span className="grey">{form ? label(form) : one.form}</span>
              <Link to={`/r/${one.form}/${record.id}`} className="cut">
                {record.title}
              </Link>
              <span className="grey">{t(`history:did_${record.op}`)}</span>
              <span className="spread" />
              <Link to={`/r/${one.form}/${record.id}/history?a=b${record.change}&b=c${record.change}`}>
                {t("history:compare_it")}
              </Link>
            </li>
          ));
        })}
      </ul>
      {beside.some((one) => one.count > one.records.length) && (
        <p className="grey">
          {t("history:first_only", { count: beside.reduce((n, one) => n + one.records.length, 0) })}
        </p>
      )}
    </section>
  );
}

/** What restoring does, said before it is done. */
function Restore({
  form,
  standing,
  at,
  keys: picked,
  onDone,
}: {
  form: Form;
  standing: Standing;
  at: string;
  keys: readonly string[];
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const problemText = useProblemText();
  const body = { version: standing.version, at, fields: [...picked] };
  const foreseen = useQuery(foreseeQuery(form.key, standing.id, body));
  const refresh = () => client.invalidateQueries({ queryKey: ["records"] });
  const restore = useMutation({
    mutationFn: () => restoreFields(form.key, standing.id, body),
    onSuccess: async ({ transaction }) => {
      onDone();
      await refresh();
      toast({
        text: t("history:restored", { count: picked.length }),
        ...(transaction
          ? {
              undo: async () => {
                await undoChange(transaction);
                await refresh();
                toast({ text: t("undone") });
              },
            }
          : {}),
      });
    },
    onError: (error) => {
      toast({ text: problemText(error), tone: "bad" });
      // somebody wrote meanwhile: what is compared has changed
      if (error instanceof Problem && error.status === 409) void refresh();
    },
  });
  const labelOf = (key: string) => label(form.fields.find((f) => f.key === key) ?? { label: key });
  const follows = Object.keys(foreseen.data?.computed ?? {}).map(labelOf);
  const errors = foreseen.data?.errors ?? [];
  return (
    <footer className="past-restore">
      <div className="spread">
        <b>{t("history:restore_to_a", { count: picked.length })}</b>
        <span className="grey">{picked.map(labelOf).join(" · ")}</span>
        {foreseen.isError && <p className="past-wrong">{problemText(foreseen.error)}</p>}
        {errors.map((one) => (
          <p key={`${one.field}.${one.code}`} className="past-wrong">
            <Icon name="warning" size={14} /> {one.text}
          </p>
        ))}
        {follows.length > 0 && <p className="grey">{t("history:follows", { fields: follows.join(" · ") })}</p>}
        {foreseen.data && (
          <Suspense fallback={null}>
            <PlanChangeNote
              form={form}
              id={standing.id}
              version={standing.version}
              values={foreseen.data.values as Record<string, Value>}
              onFound={() => {}}
            />
          </Suspense>
        )}
      </div>
      <Button
        type="primary"
        icon={<Icon name="history" size={15} />}
        loading={restore.isPending}
        disabled={foreseen.isError || errors.length > 0}
        onClick={() => restore.mutate()}
      >
        {t("history:restore_n", { count: picked.length })}
      </Button>
    </footer>
  );
}
