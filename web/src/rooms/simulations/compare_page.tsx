import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Card, Fetched, format, Head, Moment, Notice, Page, SmallTable } from "@/kit";
import { type Comparison, compareQuery } from "./api";
import { RecordOf } from "./load";
import { difference } from "./model";
import "./simulations.css";

/** Two simulations side by side; what is the same is said too. */
export function ComparePage() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const found = useQuery(compareQuery(Number(params.get("first")), Number(params.get("second"))));
  return (
    <Page>
      <Head title={t("simulations:compare_title")} actions={<Link to="/simulations">{t("simulations:all")}</Link>} />
      <Fetched of={found} rows={12}>
        {(both) => <Shown both={both} />}
      </Fetched>
    </Page>
  );
}

function Shown({ both }: { both: Comparison }) {
  const { t } = useTranslation();
  return (
    <>
      <Notice tone="review" icon="flask">
        <b>{t("simulations:banner")}</b>{" "}
        {[both.first, both.second].map((run) => (
          <span key={run.id} className="banner-fact">
            <Link to={`/simulations/${run.id}`}>{t("simulations:first", { id: run.id })}</Link>
            {run.instead &&
              ` (${run.instead.draft ? t("simulations:draft") : t("simulations:version_n", { n: run.instead.version ?? 0 })})`}
            : {t("simulations:to", { day: run.until_on })}, {t(`simulations:assumes_${run.people}`)},{" "}
            {t("simulations:copied")} <Moment value={run.copied_at} />{" "}
          </span>
        ))}
      </Notice>
      <Card title={t("simulations:compare_figures")} flush>
        <Pairs
          both={both}
          rows={both.figures.map((f) => ({ ...f, name: t(`simulations:figure_${f.key}`), id: f.key }))}
        />
      </Card>
      <Card title={t("simulations:compare_kinds")} flush>
        <Pairs both={both} rows={both.kinds.map((k) => ({ ...k, name: k.label, id: `${k.kind}.${k.label}` }))} />
      </Card>
      <Card title={t("simulations:compare_people")} flush>
        <Pairs
          both={both}
          rows={both.people.map((p) => ({
            id: String(p.id),
            name: p.name,
            first: p.tasks[0],
            second: p.tasks[1],
            notes: [p.peak[0], p.peak[1]],
          }))}
        />
      </Card>
      <Card
        title={t("simulations:compare_records")}
        fact={[t("simulations:counted", both.counted), ...(both.more ? [t("simulations:compare_more")] : [])].join(
          " · ",
        )}
        flush
      >
        {both.records.length === 0 ? (
          <p className="grey-2 small-table">{t("simulations:same")}</p>
        ) : (
          <div className="heat-scroll">
            <table className="small-table">
              <tbody>
                {both.records.map((r, i) => (
                  <tr key={i}>
                    <td>
                      <RecordOf entry={r} />
                    </td>
                    <td>
                      {r.label} {r.name && <span className="grey">{r.name}</span>}
                    </td>
                    <td>{r.first ? <Moment value={r.first} /> : t("simulations:never")}</td>
                    <td>{r.second ? <Moment value={r.second} /> : t("simulations:never")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </>
  );
}

interface PairRow {
  id: string;
  name: string;
  first: number;
  second: number;
  notes?: [number, number];
}

function Pairs({ both, rows }: { both: Comparison; rows: PairRow[] }) {
  const { t } = useTranslation();
  const shown = (value: number, note?: number) =>
    note === undefined ? format.number(value, 1) : `${format.number(value, 0)} (${note})`;
  return (
    <SmallTable
      columns={[
        t("simulations:what"),
        { right: t("simulations:first", { id: both.first.id }) },
        { right: t("simulations:second", { id: both.second.id }) },
        { right: t("simulations:difference") },
      ]}
    >
      {rows.map((row) => {
        const apart = difference(row.first, row.second);
        return (
          <tr key={row.id}>
            <td>{row.name}</td>
            <td className="right">{shown(row.first, row.notes?.[0])}</td>
            <td className="right">{shown(row.second, row.notes?.[1])}</td>
            <td className={apart ? "right" : "right grey"}>{apart ? <b>{apart}</b> : t("simulations:same")}</td>
          </tr>
        );
      })}
    </SmallTable>
  );
}
