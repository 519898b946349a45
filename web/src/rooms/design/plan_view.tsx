import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Icon } from "@/kit";
import type { Operation, Plan, Step, Use } from "./api";

type Way = "instant" | "rewrite" | "hide" | "lossy";
const wayOf = (one: Operation): Way => (one.act.startsWith("hide") ? "hide" : one.grade);
const TONES = { instant: "brand", rewrite: "warn", hide: "info", lossy: "urgent" } as const;

/** What publishing one definition does, a line per change. */
export function Operations({ step }: { step: Step }) {
  const { t } = useTranslation();
  if (step.operations.length === 0)
    return (
      <div className="plan-row">
        <Chip tone="brand">{t("design:way_instant")}</Chip>
        <span className="plan-what">{t(`design:step_${step.act}`, { name: step.label })}</span>
      </div>
    );
  return (
    <>
      {step.operations.map((one, i) => {
        const way = wayOf(one);
        return (
          <div key={i} className="plan-row">
            <Chip tone={TONES[way]}>{t(`design:way_${way}`)}</Chip>
            <span className="plan-what">
              <b>{t(`design:act_${one.act}`, { name: one.label || step.label, count: one.fields.length })}</b>
              <span className="grey small plan-note">{noteOf(t, one)}</span>
            </span>
            <span className="plan-rows right">
              {one.act === "hide_field"
                ? t("design:with_value", { count: one.values })
                : one.rows > 0
                  ? t("design:rows", { count: one.rows })
                  : ""}
            </span>
            <span className="plan-time right">
              {one.grade === "rewrite" && one.ms >= 50
                ? t("design:seconds", { n: (one.ms / 1000).toFixed(1) })
                : t("design:way_instant")}
            </span>
          </div>
        );
      })}
    </>
  );
}

function noteOf(t: (key: string, values?: Record<string, unknown>) => string, one: Operation): string {
  if (one.returns) return t("design:note_returns");
  if (one.lost > 0)
    return t("design:note_lost", {
      count: one.lost,
      examples: one.examples.map((row) => `${row.label} ${row.value}`).join("、"),
    });
  if (one.short > 0) return t("design:note_short", { count: one.short });
  if (one.act === "hide_field" || one.act === "hide_form") return t("design:note_hide");
  if (one.act === "convert_field") return t("design:note_convert");
  return "";
}

const LINKS: Record<string, (use: Use) => string | null> = {
  form: (use) => `/design/forms/${use.key}`,
  process: (use) => `/processes/${use.key}`,
  dashboard: (use) => `/dashboards/${use.key}`,
};
const EFFECTS = {
  breaks: ["urgent", "bang"],
  check: ["warn", "warning"],
  follows: ["info", "info"],
  none: ["brand", "checkCircle"],
} as const;

/** What depends on it, worst first. */
export function Uses({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const seen = new Map<string, { use: Use; places: string[] }>();
  for (const use of plan.uses) {
    const id = `${use.kind}/${use.key}/${use.effect}`;
    const known = seen.get(id);
    if (known) {
      if (!known.places.includes(use.place)) known.places.push(use.place);
    } else seen.set(id, { use, places: [use.place] });
  }
  const rank = Object.keys(EFFECTS);
  const rows = [...seen.values()].sort((a, b) => rank.indexOf(a.use.effect) - rank.indexOf(b.use.effect));
  if (rows.length === 0) return <p className="grey plan-none">{t("design:no_uses")}</p>;
  return (
    <>
      {rows.map(({ use, places }) => {
        const to = LINKS[use.kind]?.(use) ?? null;
        const [tone, icon] = EFFECTS[use.effect];
        return (
          <div key={`${use.kind}${use.key}${use.effect}`} className={`plan-row plan-use plan-use-${use.effect}`}>
            <span className="plan-kind">{t(`design:kind_${use.kind}`)}</span>
            <span className="plan-what">
              {to ? <Link to={to}>{use.label}</Link> : <b>{use.label}</b>}
              <span className="grey small plan-note">{places.filter(Boolean).join("、")}</span>
            </span>
            <Chip tone={tone}>
              <Icon name={icon} size={13} /> {t(`design:effect_${use.effect}`)}
            </Chip>
          </div>
        );
      })}
    </>
  );
}
