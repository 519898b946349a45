import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Chip, Empty, Failure, Fetched, Lines, Moment, PersonName, SmallTable, usePhone } from "@/kit";
import { type Publication, publicationsQuery, undoPlanQuery } from "./api";
import { seconds } from "./moment";
import { Operations, Uses } from "./plan_view";
import { waits } from "./plan_words";
import { useTakeBack } from "./take_back";
import "./design.css";

/** Every publication, newest first, each with its way back. */
export function Publications() {
  const { t } = useTranslation();
  const phone = usePhone();
  const found = useQuery(publicationsQuery);
  const [asked, setAsked] = useState<number | null>(null);
  return (
    <Card title={t("design:publications")} fact={t("design:publications_fact")} flush>
      <Fetched of={found} rows={4} none={found.data?.length === 0 && <Empty>{t("design:no_publications")}</Empty>}>
        {(publications) =>
          phone ? (
            <ul className="design-cards">
              {publications.map((p) => (
                <li key={p.id}>
                  <span>
                    {p.id} · <What of={p} />
                  </span>
                  <Button
                    aria-label={t("design:undo_publication", { id: p.id })}
                    disabled={p.undone_by !== null}
                    onClick={() => setAsked(p.id)}
                  >
                    {t("undo")}
                  </Button>
                  <span className="grey small">
                    {p.undone_by !== null && `${t("design:undone_by", { id: p.undone_by })} · `}
                    {p.by.id === null ? t("design:system") : p.by.label} · <Moment value={p.at} />
                    {p.note && ` · ${p.note}`}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <SmallTable
              scrolls
              className="publications"
              columns={[
                t("design:number"),
                t("design:what"),
                t("design:note"),
                t("design:who"),
                t("design:when"),
                { sr: t("undo") },
              ]}
            >
              {publications.map((p) => (
                <tr key={p.id}>
                  <td>{p.id}</td>
                  <td title={p.definitions.map((d) => d.label).join(t("design:comma"))}>
                    <What of={p} />
                  </td>
                  <td>{p.note}</td>
                  <td>
                    <PersonName name={p.by.id === null ? t("design:system") : p.by.label} />
                  </td>
                  <td>
                    <Moment value={p.at} />
                  </td>
                  <td className="right">
                    {p.undone_by !== null ? (
                      <span className="grey">{t("design:undone_by", { id: p.undone_by })}</span>
                    ) : (
                      <Button
                        size="small"
                        aria-label={t("design:undo_publication", { id: p.id })}
                        onClick={() => setAsked(p.id)}
                      >
                        {t("undo")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </SmallTable>
          )
        }
      </Fetched>
      {asked !== null && <UndoDialog id={asked} onClose={() => setAsked(null)} />}
    </Card>
  );
}

const NAMED = 3;
function What({ of }: { of: Publication }) {
  const { t } = useTranslation();
  const named = of.definitions.slice(0, NAMED).map((d) => d.label || d.key);
  return (
    <>
      {of.undoes !== null && <Chip tone="info">{t("design:undoes", { id: of.undoes })}</Chip>}{" "}
      {named.join(t("design:comma"))}
      {of.definitions.length > NAMED && t("design:and_more", { count: of.definitions.length })}
    </>
  );
}

/** What undoing would do, before it is done. */
function UndoDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const plan = useQuery(undoPlanQuery(id));
  const takeBack = useTakeBack();
  const [busy, setBusy] = useState(false);
  const wrong = plan.data?.problems.find((p) => p.severity === "error");
  return (
    <Modal
      open
      width={640}
      title={t("design:undo_publication", { id })}
      okText={t("undo")}
      cancelText={t("not_now")}
      okButtonProps={{ disabled: !plan.data?.publishable, loading: busy }}
      onCancel={onClose}
      onOk={() => {
        setBusy(true);
        void takeBack(id).then(onClose);
      }}
    >
      {plan.isError ? (
        <Failure error={plan.error} />
      ) : !plan.data ? (
        <Lines rows={4} />
      ) : (
        <>
          {waits(plan.data) && (
            <p className="grey publish-head">{t("design:lock", { seconds: seconds(plan.data.lock_ms) })}</p>
          )}
          <div className="publish-box">
            {plan.data.steps.map((s) => (
              <Operations key={`${s.kind}${s.key}`} step={s} />
            ))}
            {wrong && <p className="bad pub-none">{wrong.text}</p>}
            {plan.data.breaks > 0 && <Uses plan={plan.data} />}
          </div>
        </>
      )}
    </Modal>
  );
}
