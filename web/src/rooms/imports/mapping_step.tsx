import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys, Problem } from "@/api";
import { Chip, Icon, Moment, Notice, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { discardImport, dryRun, type ImportAnswer, type Mapping, proposeMapping, readAgain, saveMapping } from "./api";
import { addTarget, nameOf, place, unfilled } from "./mapping_model";
import { TargetCard } from "./target_card";

type Chosen = Parameters<typeof readAgain>[1];
const ENCODINGS = ["utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "cp1252"];

/** Second step: which column, formula or record of the row fills which field. */
export function MappingStep({ one, onChecked }: { one: ImportAnswer; onChecked: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const forms = useForms();
  const navigate = useNavigate();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [mapping, setMapping] = useState<Mapping>(one.mapping);
  const check = useMutation({
    mutationFn: async () => {
      await saveMapping(one.id, mapping);
      await dryRun(one.id);
    },
    onSuccess: onChecked,
  });
  const again = useMutation({
    mutationFn: (chosen: Chosen) => readAgain(one.id, chosen),
    onSuccess: async () => {
      const fresh = await client.fetchQuery({ queryKey: keys.import(one.id), staleTime: 0 });
      setMapping((fresh as ImportAnswer).mapping);
    },
  });
  const anew = useMutation({
    mutationFn: () => proposeMapping(one.id),
    onSuccess: (fresh) => {
      client.setQueryData(keys.import(one.id), fresh);
      setMapping(fresh.mapping);
    },
  });
  const drop = useMutation({
    mutationFn: () => discardImport(one.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.imports });
      await navigate("/imports");
    },
  });
  const wrong = check.error instanceof Problem ? place(check.error.path, mapping) : null;
  const blocked = mapping.targets.flatMap((target) => {
    const form = forms.find((f) => f.key === target.form);
    return form ? unfilled(target, form) : [];
  });
  const main = mapping.targets.findIndex((x) => x.form === one.form);
  const mainForm = forms.find((f) => f.key === one.form);
  const others = (mainForm?.fields ?? []).filter(
    (f) =>
      f.kind === "relation" &&
      f.to !== one.form &&
      forms.find((x) => x.key === f.to)?.may.includes("create") &&
      !mapping.targets.some((x) => x.form === f.to),
  );
  const used = new Set(mapping.targets.flatMap((x) => x.fields.flatMap((f) => (f.column ? [f.column] : []))));
  const unmapped = one.about.columns.filter((c) => !used.has(c.name) && one.unmapped.includes(c.name));

  return (
    <>
      <div className="wizard-scroll">
        {one.imported_before && (
          <Notice tone="warn" icon="history">
            {t("imports:before", { who: one.imported_before.created_label })}{" "}
            <Moment value={one.imported_before.finished_at} />
          </Notice>
        )}
        {one.about.remembered && (
          <Notice
            tone="info"
            icon="history"
            action={
              <Button size="small" loading={anew.isPending} onClick={() => anew.mutate()}>
                {t("imports:propose")}
              </Button>
            }
          >
            {t("imports:remembered", { file: one.about.remembered.file })} <Moment value={one.about.remembered.at} />
          </Notice>
        )}
        {one.state === "failed" && (
          <Notice tone="urgent" icon="bang">
            {one.error?.text ?? t("imports:failed")}
          </Notice>
        )}
        <section className="card row wizard-file">
          {one.about.sheets.length > 1 && (
            <>
              <label htmlFor="sheet" className="grey-2">
                {t("imports:sheet_label")}
              </label>
              <Select
                id="sheet"
                style={{ width: 180 }}
                value={one.about.sheet}
                options={one.about.sheets.map((s) => ({ value: s.name, label: s.name }))}
                onChange={(sheet) => sheet && again.mutate({ sheet })}
              />
            </>
          )}
          {one.about.encoding && (
            <>
              <label htmlFor="encoding" className="grey-2">
                {t("imports:encoding")}
              </label>
              <Select
                id="encoding"
                style={{ width: 140 }}
                value={one.about.encoding}
                options={[...new Set([one.about.encoding, ...ENCODINGS])].map((value) => ({ value, label: value }))}
                onChange={(encoding) => again.mutate({ encoding })}
              />
            </>
          )}
          <label htmlFor="header" className="grey-2">
            {t("imports:header_row")}
          </label>
          <Select
            id="header"
            style={{ width: 110 }}
            loading={again.isPending}
            value={one.about.header_row}
            options={Array.from({ length: Math.max(10, one.about.header_row) + 1 }, (_, i) => ({
              value: i,
              label: i === 0 ? t("imports:no_header") : t("imports:row_n", { n: i }),
            }))}
            onChange={(header_row) => again.mutate({ header_row })}
          />
          {again.isError && <span className="bad">{problemText(again.error)}</span>}
          <span className="spread" />
          {others.map((relation) => {
            const to = forms.find((f) => f.key === relation.to);
            return (
              to && (
                <Button
                  key={relation.key}
                  icon={<Icon name="plus" size={14} />}
                  onClick={() => setMapping(addTarget(mapping, main, relation, to))}
                >
                  {t("imports:also", { label: label(to) })}
                </Button>
              )
            );
          })}
        </section>
        {mapping.targets.map((target, at) => {
          const form = forms.find((f) => f.key === target.form);
          return (
            form && (
              <TargetCard
                key={nameOf(target)}
                one={one}
                form={form}
                forms={forms}
                target={target}
                at={at}
                mapping={mapping}
                onChange={(next) => {
                  setMapping(next);
                  check.reset();
                }}
                removable={target.form !== one.form}
                fault={wrong?.target === at ? { field: wrong.field, text: problemText(check.error) } : null}
              />
            )
          );
        })}
        {unmapped.length > 0 && (
          <section className="card">
            <div className="card-head">
              <h2>{t("imports:unmapped")}</h2>
              <span className="grey">{t("imports:unmapped_fact")}</span>
            </div>
            <p className="unmapped">
              {unmapped.map((c) => (
                <Chip key={c.name}>
                  {c.name}
                  {c.samples?.[0] ? `（${c.samples[0]}）` : ""}
                </Chip>
              ))}
            </p>
          </section>
        )}
      </div>
      <footer className="wizard-foot">
        <Button loading={drop.isPending} onClick={() => drop.mutate()}>
          {t("imports:discard")}
        </Button>
        <span className="spread">
          {check.isError && !wrong && <span className="bad">{problemText(check.error)}</span>}
          {!check.isError && blocked.length > 0 && (
            <span className="bad">{t("imports:needs", { fields: blocked.map((f) => label(f)).join("、") })}</span>
          )}
        </span>
        <Button type="primary" loading={check.isPending} disabled={blocked.length > 0} onClick={() => check.mutate()}>
          {t("imports:dry_run")}
        </Button>
      </footer>
    </>
  );
}
