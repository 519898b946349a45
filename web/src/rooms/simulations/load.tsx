import { useQuery } from "@tanstack/react-query";
import { Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Empty, Face, format, Icon, Lines, useClock } from "@/kit";
import { type Entry, entriesQuery, type PersonLoad, type Simulation } from "./api";
import { bearing, countIn, level, mondays, monthMarks, peak, room, startDay, surplus, weeksOver } from "./model";

/** People and weeks against what each usually finishes; above it the cell has its number. */
export function Load({ one }: { one: Simulation }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState("");
  const { zone } = useClock();
  const weeks = mondays(startDay(one, zone), one.until_on);
  const marks = monthMarks(weeks);
  const people = bearing(one.load);
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("simulations:load")}</h2>
        <span className="grey cut">{t("simulations:load_fact")}</span>
        <span className="spread" />
        <ul className="legend">
          {([1, 2, 3, 4, 5] as const).map((n) => (
            <li key={n}>
              <span className={`heat heat-${n} heat-sample`}>{n >= 4 ? "n" : ""}</span>
              {t(`simulations:level_${n}`)}
            </li>
          ))}
        </ul>
      </div>
      {people.length === 0 ? (
        <Empty>{t("simulations:no_tasks")}</Empty>
      ) : (
        <div className="heat-scroll">
          <table className="heat-table">
            <thead>
              <tr>
                <th scope="col">{t("simulations:person")}</th>
                <th scope="col" className="right">
                  {t("simulations:capacity")}
                </th>
                {weeks.map((week, i) => (
                  <th key={week} scope="col" className="heat-month">
                    <span>
                      {marks[i]?.includes("-") ? marks[i] : marks[i] ? t("simulations:month", { month: marks[i] }) : ""}
                    </span>
                    <span className="sr">{week}</span>
                  </th>
                ))}
                <th scope="col" className="right">
                  {t("simulations:over")}
                </th>
                <th scope="col" className="right">
                  {t("simulations:peak")}
                </th>
              </tr>
            </thead>
            <tbody>
              {people.map((person) => {
                const over = weeksOver(person);
                return (
                  <tr key={person.id}>
                    <th scope="row">
                      <span className="row">
                        <Face name={person.name} size={20} />
                        {person.name} <span className="grey small">{person.department}</span>
                      </span>
                    </th>
                    <td className="right grey-2">
                      {person.capacity ? format.number(person.capacity, 1) : t("simulations:unknown")}
                    </td>
                    {weeks.map((week) => {
                      const key = `${person.id}.${week}`;
                      const count = countIn(person, week);
                      const now = level(count, person.capacity);
                      const cell = (
                        <button
                          type="button"
                          className={`heat heat-${now}`}
                          disabled={count === 0}
                          aria-label={t("simulations:cell", { name: person.name, week, count })}
                          onClick={() => setOpen(key)}
                        >
                          {now >= 4 ? count : ""}
                        </button>
                      );
                      return (
                        <td key={week} className="heat-cell">
                          {open === key ? (
                            <Popover
                              open
                              trigger="click"
                              placement="rightTop"
                              onOpenChange={(on) => !on && setOpen("")}
                              content={<CellDetail one={one} person={person} week={week} />}
                            >
                              {cell}
                            </Popover>
                          ) : (
                            cell
                          )}
                        </td>
                      );
                    })}
                    <td className={over ? "right bad" : "right grey"}>
                      {over ? <b>{t("simulations:weeks", { count: over })}</b> : 0}
                    </td>
                    <td className="right grey-2">{peak(person)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function CellDetail({ one, person, week }: { one: Simulation; person: PersonLoad; week: string }) {
  const { t } = useTranslation();
  const [listing, setListing] = useState(false);
  const entries = useQuery({
    ...entriesQuery(one.id, { person_id: person.id, week, kind: "task" }),
    enabled: listing,
  });
  const count = countIn(person, week);
  const kinds = Object.entries(person.weeks[week]?.kinds ?? {}).sort((a, b) => b[1] - a[1]);
  const more = surplus(person, week);
  const other = more > 0 ? room(one.load, week, person) : null;
  return (
    <div className="cell-detail">
      <p className="row">
        <b className="spread">
          {person.name} · {week.slice(5)} {t("simulations:through")} {format.addDays(week, 6).slice(5)}
        </b>
        <Chip tone={more ? "urgent" : "plain"}>
          {person.capacity
            ? t("simulations:of_capacity", { count, capacity: format.number(person.capacity, 1) })
            : t("simulations:tasks", { count })}
        </Chip>
      </p>
      <ul>
        {kinds.map(([kind, n]) => (
          <li key={kind}>
            <span>{kind}</span>
            <b>{n}</b>
          </li>
        ))}
      </ul>
      {other && (
        <p className="cell-hint">
          <Icon name="info" size={15} />
          {t("simulations:hint", { count: Math.min(more, other.free), name: other.person.name, free: other.free })}
        </p>
      )}
      {listing ? (
        entries.data ? (
          <ul className="cell-entries">
            {entries.data.map((e, i) => (
              <li key={i}>
                <span>{e.label}</span>
                <RecordOf entry={e} />
              </li>
            ))}
          </ul>
        ) : (
          <Lines rows={3} height={24} />
        )
      ) : (
        <button type="button" className="bare good" onClick={() => setListing(true)}>
          {t("simulations:see_tasks", { count })}
        </button>
      )}
    </div>
  );
}

/** A record that only the copy has cannot be opened, and says so. */
export function RecordOf({ entry }: { entry: Pick<Entry, "form" | "record" | "record_id"> }) {
  const { t } = useTranslation();
  return entry.record_id === null ? (
    <span className="grey" title={t("simulations:only_copy")}>
      {entry.record}
    </span>
  ) : (
    <Link to={`/r/${entry.form}/${entry.record_id}`}>{entry.record}</Link>
  );
}
