import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { countByKind, grouped, usesQuery } from "@/rooms/design";

/** Who needs this field, before anybody changes it: how many of each kind, and their names. */
export function FieldUses({ form, field }: { form: string; field: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const uses = useQuery(usesQuery(form, field)).data;
  if (!uses) return null;
  const counts = countByKind(uses).map(([kind, n]) => t(`design:count_${kind}`, { count: n }));
  if (counts.length === 0)
    return (
      <p className="inspector-foot grey">
        <Icon name="link" size={14} /> {t("forms:used_nowhere")}
      </p>
    );
  return (
    <div className="inspector-foot">
      {open && (
        <ul className="inspector-uses">
          {grouped(uses).map((group) =>
            group.definitions.map((one) => (
              <li key={`${group.kind}${one.key}${one.label}`}>
                <span className="grey">{t(`design:kind_${group.kind}`)}</span> {one.label}
                {one.places.length > 0 && (
                  <span className="grey small inspector-note">{one.places.join(t("design:comma"))}</span>
                )}
              </li>
            )),
          )}
        </ul>
      )}
      <button type="button" className="bare row" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="link" size={14} />
        <span className="spread">{t("forms:used_in", { what: counts.join(t("design:comma")) })}</span>
        <Icon name={open ? "down" : "up"} size={14} />
      </button>
    </div>
  );
}
