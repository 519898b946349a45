import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Day, Empty, Fetched, Moment, SmallTable, toast, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { type Listed, leaveOut, takeIn, type Uncovered, uncoveredQuery } from "./api";
import { useReason } from "./use_reason";

/** Records that a process covers and does not look after: who left them out, when and why, and the way back. */
export function UncoveredList({ processes, process }: { processes: readonly Listed[]; process: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const reason = useReason();
  const me = useMe();
  const client = useQueryClient();
  const problemText = useProblemText();
  const found = useQuery(uncoveredQuery);
  const refresh = async () => {
    for (const key of [["uncovered"], ["plan"], ["ledger"]]) await client.invalidateQueries({ queryKey: key });
  };
  const back = useMutation({
    mutationFn: (row: Uncovered) => takeIn(row.process, [row.record_id]),
    onSuccess: async (_, row) => {
      await refresh();
      toast({
        text: t("processes:taken_in", { title: row.record_title }),
        undo: async () => {
          await leaveOut(row.process, [row.record_id], row.reason ?? t("processes:reason_none"));
          await refresh();
        },
      });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  const rows = (found.data ?? []).filter((r) => !process || r.process === process);
  return (
    <Fetched of={found} rows={6} none={rows.length === 0 && <Empty>{t("processes:none_uncovered")}</Empty>}>
      {() => (
        <SmallTable
          columns={[
            t("processes:record"),
            t("processes:process"),
            t("processes:basis"),
            t("processes:reason"),
            t("processes:by"),
            t("processes:at"),
            { sr: t("processes:take_in") },
          ]}
        >
          {rows.map((row) => {
            const named = processes.find((p) => p.key === row.process);
            return (
              <tr key={`${row.process}.${row.record_id}`}>
                <td>
                  <Link to={`/r/${row.form}/${row.record_id}`}>{row.record_title}</Link>
                </td>
                <td>{named ? label(named) : row.process}</td>
                <td>
                  <Day value={row.basis} />
                </td>
                <td>
                  {row.reason === null ? <span className="bad">{t("processes:forgotten")}</span> : reason(row.reason)}
                </td>
                <td>{row.by?.label ?? row.by?.name ?? t("processes:by_system")}</td>
                <td>
                  <Moment value={row.at} />
                </td>
                <td className="right">
                  {me.may.includes("design") && row.reason !== "hold" && (
                    <Button size="small" loading={back.isPending} onClick={() => back.mutate(row)}>
                      {t("processes:take_in")}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </SmallTable>
      )}
    </Fetched>
  );
}
