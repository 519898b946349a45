import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Progress, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { keys } from "@/api";
import { Chip, Failure, format, Head, Icon, Lines, Notice, Page, toast, usePhone, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import type { Tone } from "@/theme/tokens";
import { RecordSelect } from "./record_select";
import {
  type Bundle,
  type BundleItem,
  bundleQuery,
  discardBundle,
  fixItem,
  going,
  isRead,
  runBundle,
  said,
  undoBundle,
} from "./zip_api";
import "./imports.css";

const TONE: Record<BundleItem["state"], Tone> = {
  matched: "brand",
  ambiguous: "warn",
  unknown: "warn",
  refused: "urgent",
};

const SHOWN = 100; // each has fields to mend it

/** What each file of a ZIP was taken for: look, mend, fill in, take back. */
export function ZipPage() {
  const { t } = useTranslation();
  const id = Number(useParams().id);
  const found = useQuery(bundleQuery(id));
  const client = useQueryClient();
  const problemText = useProblemText();
  const label = useLabel();
  const forms = useForms();
  const [only, setOnly] = useState(false);
  const [most, setMost] = useState(SHOWN);
  const one = found.data;
  const put = (next: Bundle) => client.setQueryData(bundleQuery(id).queryKey, next);
  const failed = (error: unknown) => toast({ tone: "bad", text: problemText(error) });
  const refresh = () => client.invalidateQueries({ queryKey: keys.form(one?.form ?? "") });
  const fix = useMutation({
    mutationFn: ({ item, part }: { item: BundleItem; part: Parameters<typeof said>[1] }) =>
      fixItem(id, item.n, said(item, part)),
    onSuccess: put,
    onError: failed,
  });
  const undo = useMutation({
    mutationFn: () => undoBundle(id),
    onSuccess: async (done) => {
      toast({ text: t("imports:zip_undone", { n: done.restored, kept: done.kept }) });
      await client.invalidateQueries({ queryKey: bundleQuery(id).queryKey });
      await refresh();
    },
    onError: failed,
  });
  const run = useMutation({
    mutationFn: () => runBundle(id),
    onSuccess: async (next) => {
      put(next);
      await refresh();
      toast({ text: t("imports:zip_done", { n: next.filled ?? 0 }), undo: () => undo.mutate() });
    },
    onError: failed,
  });
  const navigate = useNavigate();
  const phone = usePhone();
  const drop = useMutation({
    mutationFn: () => discardBundle(id),
    onSuccess: () => navigate("/imports"),
    onError: failed,
  });
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!one) return <Lines rows={8} />;
  const form = forms.find((f) => f.key === one.form);
  const fact = `${format.middle(one.file_name)} · ${form ? label(form) : one.form}`;
  const throwAway = (
    <Button
      icon={phone && <Icon name="trash" size={15} />}
      aria-label={phone ? t("imports:discard") : undefined}
      loading={drop.isPending}
      onClick={() => drop.mutate()}
    >
      {!phone && t("imports:discard")}
    </Button>
  );
  if (!isRead(one.state) || one.state === "failed")
    return (
      <Page>
        <Head title={t("imports:zip")} fact={fact} actions={throwAway} />
        <section className="card">
          {one.state === "failed" ? (
            <Notice tone="urgent" icon="bang">
              {one.problem ?? t("error_ours")}
            </Notice>
          ) : (
            <>
              <p role="status">{t("imports:zip_reading", { n: one.read, total: one.total ?? 0 })}</p>
              <Progress
                percent={one.total ? Math.floor((one.read / one.total) * 100) : 0}
                showInfo={false}
                strokeColor="var(--brand)"
                railColor="var(--sunken)"
                aria-label={t("imports:zip_reading", { n: one.read, total: one.total ?? 0 })}
              />
              <p className="grey small">{t("imports:zip_leave")}</p>
            </>
          )}
        </section>
      </Page>
    );
  const ready = going(one.items).length;
  const left = one.items.length - ready;
  const shown = only ? one.items.filter((item) => item.state !== "matched") : one.items;
  return (
    <Page>
      <Head
        title={t("imports:zip")}
        fact={fact}
        actions={
          one.state === "ready" ? (
            <>
              {throwAway}
              <Button type="primary" disabled={ready === 0} loading={run.isPending} onClick={() => run.mutate()}>
                {left ? t("imports:zip_run_left", { n: ready, left }) : t("imports:zip_run", { n: ready })}
              </Button>
            </>
          ) : one.state === "done" ? (
            <Button loading={undo.isPending} onClick={() => undo.mutate()}>
              {t("imports:zip_undo")}
            </Button>
          ) : (
            <Chip tone="plain">{t("imports:state_undone")}</Chip>
          )
        }
      />
      <section className="card card-flush">
        <p className="zip-filter">
          <Checkbox checked={only} onChange={(e) => setOnly(e.target.checked)}>
            {t("imports:zip_only")}
          </Checkbox>
        </p>
        <ul>
          {shown.slice(0, most).map((item) => (
            <li key={item.n} className={item.skip ? "zip-row zip-skipped" : "zip-row"}>
              <div className="zip-name">
                <b title={item.name}>{format.middle(item.name)}</b>
                {item.problem && <span className="grey small">{item.problem}</span>}
              </div>
              <Chip tone={TONE[item.state]}>{t(`imports:zip_${item.state}`)}</Chip>
              {item.state === "refused" ? null : one.state === "ready" ? (
                <Mend item={item} bundle={one} onFix={(part) => fix.mutate({ item, part })} />
              ) : (
                item.record && <Link to={`/r/${one.form}/${item.record.id}`}>{item.record.label}</Link>
              )}
            </li>
          ))}
        </ul>
        {shown.length > most && (
          <p className="zip-filter">
            <Button onClick={() => setMost(most + SHOWN)}>{t("imports:zip_more", { n: shown.length - most })}</Button>
          </p>
        )}
      </section>
    </Page>
  );
}

function Mend({
  item,
  bundle,
  onFix,
}: {
  item: BundleItem;
  bundle: Bundle;
  onFix: (part: Parameters<typeof said>[1]) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <div className="zip-mend">
      <RecordSelect
        form={bundle.form}
        value={item.record}
        first={item.candidates}
        label={t("imports:zip_record", { name: item.name })}
        onChange={(id) => onFix({ record_id: id })}
      />
      {bundle.fields.length > 1 && (
        <Select
          value={item.field}
          aria-label={t("imports:zip_field_of", { name: item.name })}
          options={bundle.fields.map((f) => ({ value: f.key, label: label(f) }))}
          onChange={(field) => onFix({ field })}
        />
      )}
      <DatePicker.RangePicker
        allowEmpty={[true, true]}
        value={[item.from_on ? dayjs(item.from_on) : null, item.until_on ? dayjs(item.until_on) : null]}
        placeholder={[t("imports:zip_from"), t("imports:zip_until")]}
        onChange={(days) =>
          onFix({
            from_on: days?.[0]?.format("YYYY-MM-DD") ?? null,
            until_on: days?.[1]?.format("YYYY-MM-DD") ?? null,
          })
        }
      />
      <Checkbox checked={item.skip} onChange={(e) => onFix({ skip: e.target.checked })}>
        {t("imports:zip_skip")}
      </Checkbox>
    </div>
  );
}
