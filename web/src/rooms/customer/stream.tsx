import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DueDay, Empty, Fetched, Icon, type IconName, Moment, usePhone } from "@/kit";
import { type Form, useForms, useLabel, valueKind } from "@/rooms/forms";
import type { State } from "@/rooms/messages/api";
import { StandingChip } from "@/rooms/messages/standing_chip";
import type { RecordAnswer } from "@/rooms/records";
import { AddRelated } from "@/rooms/records/add_related";
import { Cell } from "@/rooms/records/cell";
import { SealLine } from "@/rooms/records/seal_line";
import { useCollectionName } from "@/rooms/records/use_collections";
import { formIcon } from "@/shell/nav";
import {
  type Entry,
  type StreamKind,
  streamQuery,
  type ToldChange,
  type ToldComment,
  type ToldMessage,
  type ToldRecord,
  type ToldReply,
  type ToldTask,
} from "./api";
import "./customer.css";

const APART: Record<string, IconName> = {
  ":task": "todo",
  ":message": "mail",
  ":reply": "mail",
  ":change": "history",
  ":comment": "chat",
};
const SHORT = 12;
const LONG = 30;

/** Everything that happened around a record, newest first, by kind; what is related is added in place. */
export function Stream({ form, record }: { form: Form; record: RecordAnswer }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [kind, setKind] = useState<string | null>(null);
  const found = useInfiniteQuery(streamQuery(form.key, record.id, kind ? [kind] : [], phone ? SHORT : LONG));
  const first = useInfiniteQuery(streamQuery(form.key, record.id, [], phone ? SHORT : LONG)).data?.pages[0];
  const kinds = first?.kinds ?? [];
  const name = useKindName(form);
  const entries = found.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section className="card stream" aria-label={t("customer:stream")}>
      <div className="card-head">
        <h2>{t("customer:stream")}</h2>
        <span className="spread" />
        <Add form={form} record={record} kinds={kinds} />
      </div>
      <div className="stream-kinds" role="group" aria-label={t("customer:kinds")}>
        {[null, ...kinds.map((k) => k.key)].map((key) => (
          <button
            key={key ?? ""}
            type="button"
            className="stream-kind"
            aria-pressed={kind === key}
            onClick={() => setKind(key)}
          >
            {key === null ? t("all") : name(kinds.find((k) => k.key === key))}
          </button>
        ))}
      </div>
      <Fetched of={found} rows={6}>
        {() => (
          <>
            {entries.length === 0 && <Empty>{t(kind ? "customer:nothing_of_kind" : "customer:nothing_yet")}</Empty>}
            <ol>
              {entries.map((one) => (
                <EntryRow
                  key={`${one.kind}${one.id}`}
                  form={form}
                  id={record.id}
                  entry={one}
                  kind={name(kinds.find((k) => k.key === one.kind))}
                />
              ))}
            </ol>
            {found.hasNextPage && (
              <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                {t("customer:more")}
              </Button>
            )}
          </>
        )}
      </Fetched>
    </section>
  );
}

/** What a kind is called: its collection, or the form that is reached through others. */
function useKindName(form: Form): (kind: StreamKind | undefined) => string {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const collectionName = useCollectionName(form);
  return (kind) => {
    if (!kind) return "";
    if (!kind.form) return t(`customer:kind_${kind.key.slice(1)}`);
    const collection = form.collections.find((c) => c.key === kind.key);
    return collection ? collectionName(collection) : label(forms.find((f) => f.key === kind.form) ?? {});
  };
}

function Add({ form, record, kinds }: { form: Form; record: RecordAnswer; kinds: readonly StreamKind[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const [adding, setAdding] = useState<StreamKind | null>(null);
  const found = kinds.flatMap((kind) => {
    const child = forms.find((f) => f.key === kind.form);
    return child?.may.includes("create") ? [{ kind, child }] : [];
  });
  const child = forms.find((f) => f.key === adding?.form);
  if (found.length === 0) return null;
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: found.map(({ kind, child }) => ({
            key: kind.key,
            label: label(child),
            icon: <Icon name={formIcon(child.key)} size={14} />,
            onClick: () => setAdding(kind),
          })),
        }}
      >
        <Button size="small" icon={<Icon name="plus" size={13} />}>
          {t("customer:add")}
        </Button>
      </Dropdown>
      {adding && child && (
        <AddRelated child={child} field={adding.field ?? null} record={record} onClose={() => setAdding(null)} />
      )}
      <span className="sr">{label(form)}</span>
    </>
  );
}

function EntryRow({ form, id, entry, kind }: { form: Form; id: number; entry: Entry; kind: string }) {
  const forms = useForms();
  const of = forms.find((f) => f.key === entry.form);
  const self = entry.form === form.key && entry.record_id === id;
  const icon = APART[entry.kind] ?? formIcon(entry.form);
  const dated = (entry.told as unknown as Partial<ToldRecord>).dated === true;
  const parts = useParts(entry, of, self, kind);
  return (
    <li className="stream-entry">
      <span className={`stream-icon stream${entry.kind.startsWith(":") ? entry.kind.replace(":", "-") : "-record"}`}>
        <Icon name={icon} size={15} />
      </span>
      <div className="stream-told">
        <p>{parts.head}</p>
        {parts.line && <div className="stream-line grey-2">{parts.line}</div>}
      </div>
      <div className="stream-when grey">
        {dated ? <DueDay value={entry.at.slice(0, 10)} /> : <Moment value={entry.at} />}
        {parts.who && <span className="cut">{parts.who}</span>}
      </div>
    </li>
  );
}

interface Parts {
  head: ReactNode;
  line: ReactNode;
  who: string | null;
}

function useParts(entry: Entry, of: Form | undefined, self: boolean, kind: string): Parts {
  const { t } = useTranslation();
  const label = useLabel();
  const name = entry.title ?? `#${entry.record_id}`;
  const link = <Link to={`/r/${entry.form}/${entry.record_id}`}>{name}</Link>;
  const about = self ? null : (
    <span>
      {label(of ?? {})} {link}
    </span>
  );
  if (entry.kind === ":task") {
    const told = entry.told as unknown as ToldTask;
    const outcome = told.outcome ? label(told.outcome) : t(`customer:task_${told.state}`);
    return {
      head: (
        <>
          <b>{label({ label: told.label, label_en: told.label_en })}</b> <span className="grey-2">{outcome}</span>
        </>
      ),
      line: (
        <>
          {about}
          {told.sealed?.map((seal) => (
            <SealLine key={seal.file} seal={seal} />
          ))}
        </>
      ),
      who: told.finished_by ?? told.assignee,
    };
  }
  if (entry.kind === ":message") {
    const told = entry.told as unknown as ToldMessage;
    return {
      head: <b>{told.subject}</b>,
      line: (
        <>
          <StandingChip one={{ state: told.state as State, why: told.why }} />
          {told.name && <span>{told.name}</span>}
          {about}
        </>
      ),
      who: null,
    };
  }
  if (entry.kind === ":reply") {
    const told = entry.told as unknown as ToldReply;
    const hidden = told.sender === null && told.subject === null;
    return {
      head: (
        <>
          <b>{hidden ? t("customer:reply_hidden") : told.subject || t("customer:reply_no_subject")}</b>{" "}
          <span className="grey-2">{t(`customer:reply_${told.kind}`)}</span>
        </>
      ),
      line: (
        <>
          {told.text && <span className="prose stream-letter">{told.text}</span>}
          {told.attachments.map((file, at) => (
            <span key={at} className="row">
              <Icon name="clip" size={12} />
              {file}
            </span>
          ))}
          {about}
        </>
      ),
      who: told.name || told.sender,
    };
  }
  if (entry.kind === ":comment") {
    const told = entry.told as unknown as ToldComment;
    return { head: <span className="prose">{told.text}</span>, line: about, who: told.who };
  }
  if (entry.kind === ":change") {
    const told = entry.told as unknown as ToldChange;
    return {
      head: (
        <>
          {t(`customer:did_${told.op}`)} {self ? null : about}
        </>
      ),
      line: told.fields.slice(0, 4).map((change) => {
        const field = of?.fields.find((f) => f.key === change.key);
        return field ? (
          <span key={change.key} className="row stream-value">
            {label(field)} <Cell field={field} value={change.before} />
            <Icon name="arrowRight" size={12} />
            <Cell field={field} value={change.after} />
          </span>
        ) : null;
      }),
      who: told.who_kind === "person" ? told.who : t("records:system"),
    };
  }
  const told = entry.told as unknown as ToldRecord;
  const known = Object.entries(told.values).filter(([, v]) => v !== null && v !== "");
  const isSaid = (key: string) => of?.fields.some((f) => f.key === key && f.kind === "text" && f.required) ?? false;
  const said = known.find(([key]) => isSaid(key));
  const values = known.filter((one) => one !== said);
  return {
    head: (
      <>
        <span className="grey-2">{kind}</span> <b>{link}</b>
        {said && <b> {String(said[1])}</b>}
      </>
    ),
    line: values.map(([key, value]) => {
      const field = of?.fields.find((f) => f.key === key);
      if (!field) return null;
      const bare = !["date", "number", "percent"].includes(valueKind(field));
      return (
        <span key={key} className="row stream-value">
          {!bare && <span className="grey">{label(field)}</span>}
          <Cell field={field} value={value} />
        </span>
      );
    }),
    who: told.who,
  };
}
