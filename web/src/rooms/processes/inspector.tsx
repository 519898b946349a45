import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Picture, Standing } from "./api";
import { startKey } from "./layout";
import { lookOf, stay, useNodeWords } from "./node_words";

/** One step, explained: what it does, on which condition, what it asks for, how it runs. */
export function Inspector({
  picture,
  chosen,
  onRecords,
  onClose,
}: {
  picture: Picture;
  chosen: string;
  /** open the records behind a count */
  onRecords: (node: string, what: Standing) => void;
  onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const words = useNodeWords(picture.form);
  const mark = i18n.language === "en" ? ", " : "、";
  const start = picture.start.find((s) => startKey(s.key) === chosen);
  const node = picture.nodes.find((n) => n.key === chosen);
  const one = node ?? start;
  if (!one) return null;
  const kind = node ? node.kind : "start";
  const spec: Record<string, unknown> = node ? node.spec : (start ?? {});
  const asks = (spec.fill as string[] | undefined) ?? [];
  const ways = node ? picture.edges.filter((e) => e.from === node.key) : [];
  const median = node && stay(node.median_s);
  const sets = Object.entries((spec.set as Record<string, string> | undefined) ?? {});
  return (
    <aside className="card card-flush inspector" aria-label={label(one)}>
      <div className="side-head">
        <span className="box-icon" style={{ background: lookOf(kind).colour }}>
          <Icon name={lookOf(kind).icon} size={16} />
        </span>
        <div className="spread cut">
          <b>{label(one)}</b>
          <div className="grey small">{t(`processes:kind_${kind}`, { defaultValue: kind })}</div>
        </div>
        <button type="button" className="icon-button" aria-label={t("close")} title="Esc" onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <div className="inspector-body">
        <p>{node ? words.node(node) : start ? words.start(start) : ""}</p>
        {node && (
          <dl className="inspector-figures">
            <div>
              <dd>
                <button type="button" className="bare figure-link" onClick={() => onRecords(node.key, "here")}>
                  {node.here}
                </button>
              </dd>
              <dt>{t("processes:here")}</dt>
            </div>
            <div>
              <dd>{node.passed ?? 0}</dd>
              <dt>{t("processes:passed")}</dt>
            </div>
            <div>
              <dd>{median ? t(`processes:stay_${median.unit}`, { n: median.n }) : "—"}</dd>
              <dt>{t("processes:median")}</dt>
            </div>
          </dl>
        )}
        {node && node.held > 0 && (
          <p>
            <button type="button" className="bare figure-link" onClick={() => onRecords(node.key, "held")}>
              {t("processes:held_here", { count: node.held })}
            </button>
          </p>
        )}
        {node && node.stuck > 0 && (
          <p className="bad">
            <button type="button" className="bare figure-link" onClick={() => onRecords(node.key, "stuck")}>
              {t("processes:stuck_of", { count: node.stuck })}
            </button>
          </p>
        )}
        {typeof spec.when === "string" && spec.when && (
          <Part title={t("processes:only_when")}>
            <code className="formula">{words.labelled(spec.when)}</code>
          </Part>
        )}
        {asks.length > 0 && (
          <Part title={t("processes:asks")}>
            {asks.map((a) => words.field(a) + (a.endsWith("!") ? t("processes:must") : "")).join(mark)}
          </Part>
        )}
        {sets.length > 0 && (
          <Part title={t("processes:writes")}>
            {sets.map(([key, value]) => (
              <p key={key}>
                {words.field(key)} = <code>{words.labelled(value)}</code>
              </p>
            ))}
          </Part>
        )}
        {Array.isArray(spec.cases) && (
          <Part title={t("processes:cases")}>
            {(spec.cases as { label?: string; when?: string }[]).map((c, i) => (
              <p key={i}>
                {c.label ?? i + 1}
                {c.when && <code className="formula">{words.labelled(c.when)}</code>}
              </p>
            ))}
          </Part>
        )}
        {ways.length > 0 && (
          <Part title={t("processes:then")}>
            {ways.map((e) => (
              <p key={`${e.to}.${e.label}`}>
                {e.label && <span className="grey">{e.label} → </span>}
                {label(picture.nodes.find((n) => n.key === e.to) ?? { label: e.to })}
              </p>
            ))}
          </Part>
        )}
        {node?.kind === "wait" && <Link to={`/plan?tab=plan&process=${picture.key}`}>{t("processes:see_plan")}</Link>}
      </div>
    </aside>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h3 className="grey">{title}</h3>
      <div>{children}</div>
    </section>
  );
}
