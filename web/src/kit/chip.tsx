import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Tone } from "@/theme/tokens";
import * as f from "./format";
import { Icon, type IconName } from "./icon";
import { useClock } from "./workspace";

/** A word with a tone. The tone never stands alone: the word says the same. */
export function Chip({ tone = "plain", icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`chip chip-${tone}`}>
      {icon && <Icon name={icon} size={13} />}
      <span className="cut">{children}</span>
    </span>
  );
}

const LEVEL_ICON: Record<f.Level, IconName | undefined> = {
  calm: undefined,
  info: "clock",
  warn: "hourglass",
  urgent: "flame",
  overdue: "bang",
};

/** 剩 41 天: five levels told by icon, wording, weight and fill, not by hue alone. */
export function DaysLeft({ end }: { end: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  if (!end) return <span className="grey">{f.BLANK}</span>;
  const days = f.daysBetween(today, end);
  const level = f.level(days);
  const text =
    days < 0 ? t("days_over", { count: -days }) : days === 0 ? t("days_today") : t("days_left", { count: days });
  const icon = LEVEL_ICON[level];
  return (
    <Tooltip title={t("ends_on", { date: f.dateWithWeekday(end, i18n.language as f.Locale) })}>
      <span className={`days days-${level}`}>
        {icon && <Icon name={icon} size={13} />}
        {text}
        <span className="sr">{t(`level_${level}`)}</span>
      </span>
    </Tooltip>
  );
}

export function Money({ value, whole = false }: { value: string | number | null | undefined; whole?: boolean }) {
  if (value === null || value === undefined || value === "") return <span className="grey">{f.BLANK}</span>;
  const full = f.money(value);
  return <span title={full}>{whole ? f.money(value, 0) : full}</span>;
}

export function Day({ value, short }: { value: string | null | undefined; short?: boolean }) {
  const { today } = useClock();
  if (!value) return <span className="grey">{f.BLANK}</span>;
  return (
    <time dateTime={value} className="nowrap">
      {f.date(value, short ? { short: true, today } : {})}
    </time>
  );
}

/** 今天 14:30, 昨天 09:00, 11-18 周三 16:20; the exact moment on hover */
export function Moment({ value }: { value: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const { today, zone } = useClock();
  if (!value) return <span className="grey">{f.BLANK}</span>;
  const { day, time } = f.local(value, zone);
  const ago = f.daysBetween(day, today);
  const shown =
    ago === 0
      ? `${t("today")} ${time}`
      : ago === 1
        ? `${t("yesterday")} ${time}`
        : ago === -1
          ? `${t("tomorrow")} ${time}`
          : `${f.dateWithWeekday(day, i18n.language as f.Locale, today)} ${time}`;
  return (
    <time dateTime={value} title={`${day} ${time}`} className="nowrap">
      {shown}
    </time>
  );
}

/** 今天, 明天, 11-23 周一 */
export function DueDay({ value }: { value: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const { today } = useClock();
  if (!value) return <span className="grey">{f.BLANK}</span>;
  const ahead = f.daysBetween(today, value);
  const shown =
    ahead === 0
      ? t("today")
      : ahead === 1
        ? t("tomorrow")
        : ahead === -1
          ? t("yesterday")
          : f.dateWithWeekday(value.slice(0, 10), i18n.language as f.Locale, today);
  return (
    <time dateTime={value} className="nowrap">
      {shown}
    </time>
  );
}

const FACE_COLOURS = ["#2F6DB5", "#5C6A7A", "#8A5CA8", "#1B7A57", "#A8456B", "#8A6410", "#3A6F8F"];

/** The colour that belongs to a name. */
export function colourOf(name: string): string {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.charCodeAt(0)) % 9973;
  return FACE_COLOURS[sum % FACE_COLOURS.length] ?? "";
}

/** The last character of a Chinese name, the initials of another, on a colour of their own. */
export function Face({ name, size = 22 }: { name: string; size?: number }) {
  const chinese = /[\u4e00-\u9fff]/.test(name);
  const letter = chinese
    ? name.slice(-1)
    : name
        .split(/\s+/)
        .map((w) => w[0] ?? "")
        .join("")
        .slice(0, 2)
        .toUpperCase();
  return (
    <span
      className="face"
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.46, background: colourOf(name) }}
    >
      {letter}
    </span>
  );
}

export function PersonName({ name }: { name: string | null | undefined }) {
  if (!name) return <span className="grey">{f.BLANK}</span>;
  return (
    <span className="person">
      <Face name={name} />
      <span className="cut">{name}</span>
    </span>
  );
}

/** 0 to 100 as a short bar with its number; below `low` it turns and is bold. */
export function Score({ value, low = 60, good = 75 }: { value: number; low?: number; good?: number }) {
  const tone = value < low ? "urgent" : value < good ? "warn" : "brand";
  return (
    <span className="score">
      <span className="score-track" aria-hidden="true">
        <span className={`score-fill score-${tone}`} style={{ width: `${Math.max(4, Math.min(100, value))}%` }} />
      </span>
      <b className={tone === "urgent" ? "bad" : undefined}>{f.number(value, 0)}</b>
    </span>
  );
}

export const Kbd = ({ children }: { children: ReactNode }) => <kbd className="kbd">{children}</kbd>;
export const Blank = () => <span className="grey">{f.BLANK}</span>;
