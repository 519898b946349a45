import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Fetched, SmallTable } from "@/kit";
import { evenQuery, moveTasks } from "./api";
import { useActs } from "./use_acts";

/** 按产能均分: who would have how much; nothing moves before it is asked for. */
export function EvenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { run } = useActs();
  const found = useQuery(evenQuery);
  const [busy, setBusy] = useState(false);
  const moves = found.data?.moves ?? [];
  async function move() {
    setBusy(true);
    const done = await run(
      () => moveTasks(moves, t("tasks:share_note")),
      (count) => t("tasks:shared_out", { count }),
    );
    setBusy(false);
    if (done) onClose();
  }
  return (
    <Modal
      open
      width={520}
      title={t("tasks:share_title")}
      okText={t("tasks:share_do", { count: moves.length })}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: moves.length === 0, loading: busy }}
      onOk={() => void move()}
      onCancel={onClose}
    >
      <p className="grey-2">{t("tasks:share_fact")}</p>
      <Fetched of={found} rows={5} none={found.data?.moves.length === 0 && <Empty>{t("tasks:share_nothing")}</Empty>}>
        {(even) => (
          <>
            <SmallTable
              columns={[
                t("tasks:person"),
                { right: t("tasks:capacity") },
                { right: t("tasks:share_before") },
                { right: t("tasks:share_after") },
              ]}
            >
              {even.people.map((one) => (
                <tr key={one.id}>
                  <td>{one.name}</td>
                  <td className="right">{one.capacity}</td>
                  <td className="right">{one.before}</td>
                  <td className="right">
                    <b>{one.after}</b>{" "}
                    {one.after !== one.before && (
                      <span className="grey-2">
                        {one.after > one.before ? "+" : "−"}
                        {Math.abs(one.after - one.before)}
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </SmallTable>
            {even.stuck > 0 && <p className="grey-2">{t("tasks:share_stuck", { count: even.stuck })}</p>}
          </>
        )}
      </Fetched>
    </Modal>
  );
}
