import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip, Icon, type IconName } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import type { Plan, Step, Use } from "./api";
import { noteOf, rowsOf, timeOf, titleOf, wayOf } from "./plan_words";
import { brokenOf, grouped } from "./uses";

const TONES = { instant: "brand", rewrite: "warn", hide: "info", lossy: "urgent" } as const;

/** What publishing one definition does, a line per change; `dense`: one line each, without columns. */
export function Operations({ step, dense = false }: { step: Step; dense?: boolean }) {
  const { t } = useTranslation();
  const forms = useForms();
  const row = `pub-row ${dense ? "pub-dense" : ""}`;
  if (step.operations.length === 0)
    return (
      <div className={row}>
        <Chip tone="brand">{t("design:way_instant")}</Chip>
        <span className="pub-what">
          <b>{t(`design:step_${step.act}`, { name: step.label })}</b>
        </span>
      </div>
    );
  return (
    <>
      {step.operations.map((one, i) => {
        const way = wayOf(one);
        const note = noteOf(t, one);
        const title = titleOf(t, one, step);
        const rows = rowsOf(t, one, forms.find((f) => f.key === one.form)?.noun);
        const slow = one.ms >= 50;
        return (
          <div key={i} className={row}>
            <Chip tone={TONES[way]}>{t(`design:way_${way}`)}</Chip>
            <span className="pub-what" title={dense ? `${title} ${note}` : undefined}>
              <b>{title}</b>
              {note && <span className="grey small pub-note">{note}</span>}
            </span>
            <span className="pub-rows right">{rows}</span>
            {(!dense || slow) && <span className="pub-time right">{timeOf(t, one)}</span>}
          </div>
        );
      })}
    </>
  );
}

const LINKS: Record<string, (key: string) => string> = {
  form: (key) => `/design/forms/${key}`,
  process: (key) => `/processes/${key}`,
  dashboard: (key) => `/dashboards/${key}`,
  rule: (key) => `/design/rules/${key}`,
  decision: (key) => `/design/decisions/${key}`,
};
const ICONS: Record<string, IconName> = {
  form: "list",
  role: "lock",
  audience: "people",
  template: "mail",
  process: "flow",
  dashboard: "report",
  rule: "bolt",
  decision: "columns",
  view: "table",
  own_view: "eye",
};
const EFFECTS = {
  breaks: ["urgent", "bang"],
  check: ["warn", "warning"],
  follows: ["info", "info"],
  none: ["brand", "checkCircle"],
} as const;

/** What depends on it, worst first: each place that would break with its way out, the rest by kind. */
export function Uses({
  plan,
  fieldName,
  onKeep,
}: {
  plan: Plan;
  /** what people call a field */
  fieldName?: (form: string, field: string) => string;
  /** leave a field as it is published */
  onKeep?: (form: string, field: string) => void;
}) {
  const { t } = useTranslation();
  const broken = brokenOf(plan.uses);
  const rest = grouped(plan.uses);
  if (broken.length + rest.length === 0) return <p className="grey pub-none">{t("design:no_uses")}</p>;
  const name = (use: Use) => fieldName?.(use.form, use.field) ?? use.field;
  return (
    <>
      {broken.map(({ use, places, fields }) => (
        <div key={`${use.kind}${use.key}`} className="pub-row pub-breaks">
          <Kind kind={use.kind} />
          <span className="pub-what">
            <Name kind={use.kind} id={use.key} label={use.label} />{" "}
            {t("design:breaks_at", {
              places: places.join(t("design:comma")),
              fields: fields.map(name).join(t("design:comma")),
            })}
          </span>
          {onKeep &&
            fields
              .filter((one) => one.field !== "")
              .map((one) => (
                <Button key={`${one.form}${one.field}`} size="small" onClick={() => onKeep(one.form, one.field)}>
                  {t("design:keep_field", { name: name(one) })}
                </Button>
              ))}
        </div>
      ))}
      {rest.map((group) => {
        const [tone, icon] = EFFECTS[group.effect];
        return (
          <div key={`${group.kind}${group.effect}`} className="pub-row">
            <Kind kind={group.kind} />
            <b className="pub-count">{group.definitions.length}</b>
            <span className="pub-what pub-names">
              {group.definitions.map((one, i) => (
                <span key={one.key}>
                  {i > 0 && t("design:comma")}
                  <Name kind={group.kind} id={one.key} label={one.label} />
                  {one.places.length > 0 && <span className="grey small"> {placesOf(t, one.places)}</span>}
                </span>
              ))}
            </span>
            <span className={`pub-effect pub-effect-${tone}`}>
              <Icon name={icon} size={14} /> {t(`design:effect_${group.effect}`)}
            </span>
          </div>
        );
      })}
    </>
  );
}

function Kind({ kind }: { kind: string }) {
  const { t } = useTranslation();
  return (
    <span className="pub-kind">
      <Icon name={ICONS[kind] ?? "info"} size={15} /> {t(`design:kind_${kind}`)}
    </span>
  );
}

function Name({ kind, id, label: named }: { kind: string; id: string; label: string }) {
  const words = useLabel();
  const form = useForms().find((one) => kind === "form" && one.key === id);
  const label = form ? words(form) : named;
  const to = LINKS[kind]?.(id);
  return to ? (
    <Link to={to} target="_blank">
      {label}
    </Link>
  ) : (
    <b>{label}</b>
  );
}

const SHOWN = 3;
function placesOf(t: (key: string, values?: Record<string, unknown>) => string, places: string[]): string {
  const named = places.slice(0, SHOWN).join(t("design:comma"));
  return places.length > SHOWN ? t("design:places_more", { named, count: places.length }) : named;
}
