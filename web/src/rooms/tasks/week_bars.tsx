import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { format, useClock } from "@/kit";
import { listAddress } from "@/rooms/records/state";
import { useTheme } from "@/theme";
import type { Week } from "./api";

const W = 340;
const H = 176;
const LEFT = 26;
const TOP = 16;
const BOTTOM = 22;
const ORDER: readonly format.Level[] = ["calm", "info", "warn", "urgent", "overdue"];

/** What ends in each of the coming weeks, in 万; a bar leads to exactly these records. */
export function WeekBars({ weeks, form }: { weeks: readonly Week[]; form: string }) {
  const { t } = useTranslation();
  const { palette } = useTheme();
  const { today } = useClock();
  const navigate = useNavigate();
  const amounts = weeks.map((w) => Number(w.amount ?? 0) / 10_000);
  const most = Math.max(1, ...amounts);
  const step = nice(most / 3);
  const top = Math.ceil(most / step) * step;
  const y = (v: number) => TOP + (H - TOP - BOTTOM) * (1 - v / top);
  const slot = (W - LEFT) / Math.max(1, weeks.length);
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return (
    <>
      <svg viewBox={`0 0 ${W} ${H}`} className="week-bars" role="img" aria-label={t("tasks:weeks_title")}>
        {ticks.map((v) => (
          <g key={v}>
            <line x1={LEFT} x2={W} y1={y(v)} y2={y(v)} stroke={v === 0 ? palette.borderStrong : palette.border} />
            <text x={LEFT - 6} y={y(v) + 4} textAnchor="end">
              {v}
            </text>
          </g>
        ))}
        {weeks.map((w, i) => {
          const v = amounts[i] ?? 0;
          const x = LEFT + slot * i + slot * 0.24;
          const level = format.level(Math.max(0, format.daysBetween(today, w.from)));
          const fill = palette.levels[ORDER.indexOf(level)];
          return (
            <g
              key={w.from}
              className="week-bar"
              onClick={() => w.count > 0 && void navigate(listAddress(form, w.filter))}
            >
              <title>
                {t("tasks:week_tip", { from: w.from, count: w.count, amount: format.money(w.amount ?? "0") })}
              </title>
              <rect x={LEFT + slot * i} y={TOP} width={slot} height={H - TOP - BOTTOM} fill="transparent" />
              <rect x={x} y={y(v)} width={slot * 0.52} height={Math.max(0, y(0) - y(v))} rx={1.5} fill={fill} />
              {v > 0 && (
                <text x={x + slot * 0.26} y={y(v) - 5} textAnchor="middle" className="week-value">
                  {v >= 100 ? Math.round(v) : v.toFixed(1)}
                </text>
              )}
              {i % 2 === 0 && (
                <text x={x + slot * 0.26} y={H - 6} textAnchor="middle">
                  {w.from.slice(5)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <div className="sr">
        <table>
          <caption>{t("tasks:weeks_title")}</caption>
          <tbody>
            {weeks.map((w) => (
              <tr key={w.from}>
                <th scope="row">{w.from}</th>
                <td>
                  <a href={listAddress(form, w.filter)}>
                    {t("tasks:week_tip", { from: w.from, count: w.count, amount: format.money(w.amount ?? "0") })}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** 1, 2, 5, 10, 20, … not below the wish */
function nice(wish: number): number {
  const base = 10 ** Math.floor(Math.log10(Math.max(wish, 1)));
  return [1, 2, 5, 10].map((n) => n * base).find((n) => n >= wish) ?? base * 10;
}
