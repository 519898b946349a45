import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Fetched, format, SmallTable } from "@/kit";
import { compareQuery, type Simulation } from "./api";
import { difference } from "./model";

const SHOWN = ["approvals", "tasks", "mails", "notices", "over", "finished", "days"] as const;

/** What the version asked for would change; what stays the same is said too. */
export function Differences({ one, beside }: { one: Simulation; beside: Simulation }) {
  const { t } = useTranslation();
  const found = useQuery(compareQuery(beside.id, one.id));
  return (
    <Card
      title={t("simulations:differences")}
      extra={
        found.data && (
          <Link to={`/simulations/compare?first=${beside.id}&second=${one.id}`}>
            {t("simulations:one_by_one", { count: found.data.counted.records })}
          </Link>
        )
      }
      flush
    >
      <Fetched of={found} rows={6}>
        {(both) => {
          const most = both.people
            .filter((p) => p.peak[0] !== p.peak[1])
            .sort((a, b) => Math.abs(b.peak[1] - b.peak[0]) - Math.abs(a.peak[1] - a.peak[0]))
            .slice(0, 2);
          const rows = [
            ...SHOWN.flatMap((key) => both.figures.filter((f) => f.key === key)).map((f) => ({
              name: t(`simulations:figure_${f.key}`),
              first: f.first,
              second: f.second,
            })),
            ...most.map((p) => ({
              name: t("simulations:most_in_week", { name: p.name }),
              first: p.peak[0],
              second: p.peak[1],
            })),
          ];
          return (
            <SmallTable
              columns={[
                t("simulations:what"),
                { right: t("simulations:in_force_short") },
                { right: t("simulations:instead_short") },
                { right: t("simulations:difference") },
              ]}
            >
              {rows.map((row) => {
                const apart = difference(row.first, row.second);
                return (
                  <tr key={row.name}>
                    <td>{row.name}</td>
                    <td className="right">{format.number(row.first, 1)}</td>
                    <td className="right">
                      <b>{format.number(row.second, 1)}</b>
                    </td>
                    <td className={apart ? "right" : "right grey"}>{apart ?? t("simulations:same")}</td>
                  </tr>
                );
              })}
            </SmallTable>
          );
        }}
      </Fetched>
    </Card>
  );
}
