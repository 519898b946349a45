import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Lines, Notice, SmallTable, toast, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { effectsOf, type Matrix, planOf, publish, undoPublication } from "./api";
import { type Change, changesOf, inWords, isCondition } from "./model";
import { useScopeWord } from "./scope_words";

const SHOWN = 60;

/** What publishing these roles means: for whom, by how many records, before anybody is affected. */
export function PublishSheet({ matrix, drafts, onClose }: { matrix: Matrix; drafts: number[]; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const text = useProblemText();
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const plan = useQuery({
    queryKey: ["access", "plan", drafts],
    queryFn: ({ signal }) => planOf(drafts, signal),
    staleTime: 0,
    gcTime: 0,
  });
  const effects = useQuery({
    queryKey: ["access", "effects", drafts],
    queryFn: ({ signal }) => effectsOf(drafts, signal),
    staleTime: 0,
    gcTime: 0,
  });
  const renew = () => client.invalidateQueries();
  const act = useMutation({
    mutationFn: () => publish(drafts, note, plan.data),
    onSuccess: async (done) => {
      toast({
        text: t("access:published", { count: drafts.length }),
        undo: async () => {
          await undoPublication(done.id);
          await renew();
        },
      });
      onClose();
      await renew();
    },
  });
  const told = effects.data;
  const errors = plan.data?.problems.filter((p) => p.severity === "error") ?? [];
  const refused = told?.own_administration ?? false;
  const failure = plan.error ?? effects.error ?? act.error;
  const formName = (key: string) => label(matrix.forms.find((f) => f.key === key) ?? { label: key });
  const unit = (key: string) => matrix.forms.find((f) => f.key === key)?.noun ?? "";
  return (
    <Modal
      open
      width={680}
      title={t("access:publish_title", { count: drafts.length })}
      onCancel={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("not_now")}</Button>
          <Button
            type="primary"
            loading={act.isPending}
            disabled={!plan.data?.publishable || refused || !told}
            onClick={() => act.mutate()}
          >
            {t("access:publish")}
          </Button>
        </>
      }
    >
      <div className="access-publish">
        {failure && <FieldError>{text(failure)}</FieldError>}
        {refused && (
          <Notice tone="urgent" icon="bang">
            {t("access:own_administration")}
          </Notice>
        )}
        {errors.map((p) => (
          <FieldError key={p.key + p.path + p.text}>{p.text}</FieldError>
        ))}
        {plan.data && (
          <ul className="access-steps">
            {plan.data.steps.map((step) => (
              <li key={step.key}>
                {t(`access:act_${step.act}`)} <b>{step.label}</b>
                {step.act === "change" && <Differences matrix={matrix} role={step.key} />}
              </li>
            ))}
          </ul>
        )}
        {!told && !failure ? (
          <Lines rows={4} />
        ) : (
          told && (
            <>
              <h3>{t("access:who")}</h3>
              {told.people.length === 0 && told.rights.length === 0 && (
                <p className="grey-2">{t("access:nobody_affected")}</p>
              )}
              {told.people.length > 0 && (
                <div className="access-effects">
                  <SmallTable
                    columns={[
                      t("access:person"),
                      t("access:form"),
                      { right: t("access:gains") },
                      { right: t("access:loses") },
                      { right: t("access:before_after") },
                    ]}
                  >
                    {told.people.slice(0, SHOWN).map((one) => (
                      <tr key={`${one.person_id}.${one.form}`}>
                        <td>{one.name}</td>
                        <td>{formName(one.form)}</td>
                        <td className="right good">{one.gained ? `+${one.gained.toLocaleString("en")}` : ""}</td>
                        <td className="right bad">{one.lost ? `−${one.lost.toLocaleString("en")}` : ""}</td>
                        <td className="right">
                          {one.before.toLocaleString("en")} → {one.after.toLocaleString("en")} {unit(one.form)}
                        </td>
                      </tr>
                    ))}
                  </SmallTable>
                  {told.people.length > SHOWN && (
                    <p className="grey small">{t("access:more_people", { count: told.people.length - SHOWN })}</p>
                  )}
                </div>
              )}
              {told.rights.map((one) => (
                <p key={one.person_id}>
                  <b>{one.name}</b>{" "}
                  {one.gained.length > 0 &&
                    t("access:gains_rights", {
                      rights: one.gained.map((r) => t(`access:system_${r}`)).join(t("access:and")),
                    })}{" "}
                  {one.lost.length > 0 &&
                    t("access:loses_rights", {
                      rights: one.lost.map((r) => t(`access:system_${r}`)).join(t("access:and")),
                    })}
                </p>
              ))}
              {told.uncounted.length > 0 && (
                <Notice tone="warn" icon="warning">
                  {t("access:uncounted", { forms: told.uncounted.map(formName).join(t("access:and")) })}
                </Notice>
              )}
            </>
          )
        )}
        <div className="labelled">
          <label htmlFor="access-note">{t("access:note")}</label>
          <Input id="access-note" value={note} maxLength={200} onChange={(e) => setNote(e.target.value)} />
        </div>
      </div>
    </Modal>
  );
}

/** What the draft of a role says other than what is in force, in the words of the matrix. */
function Differences({ matrix, role: key }: { matrix: Matrix; role: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const word = useScopeWord();
  const role = matrix.roles.find((one) => one.key === key);
  const said = (change: Change, side: Change["before"]): string => {
    if (side === null || side.length === 0) return change.what === "rights" ? t("access:scope_none") : "—";
    if (typeof side !== "string") {
      const names = { rights: "access:right_", may: "access:system_", menu: "shell:" } as const;
      return side.map((one) => t(`${names[change.what as keyof typeof names]}${one}`)).join(t("access:and"));
    }
    if (change.what === "field") return t(`access:level_${side}`);
    if (change.what !== "rows") return side;
    return isCondition(side)
      ? inWords(side, change.form ?? "", matrix.forms, label)
      : word({ rows: side, rights: [], fields: {} }).text;
  };
  const place = (change: Change) => {
    const form = matrix.forms.find((f) => f.key === change.form);
    const field = form?.fields.find((f) => f.key === change.field);
    const what = field ? label(field) : t(`access:changes_${change.what}`);
    return form ? `${label(form)} · ${what}` : what;
  };
  const changes = changesOf(role?.current ?? null, role?.draft ?? null, matrix.forms);
  return (
    <ul>
      {changes.map((one) => (
        <li key={`${one.what}.${one.form}.${one.field}`}>
          <span className="grey-2">{place(one)}</span> <del>{said(one, one.before)}</del> → {said(one, one.after)}
        </li>
      ))}
    </ul>
  );
}
