import { useMutation, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, toast, useProblemText } from "@/kit";
import { departmentsQuery } from "@/rooms/people/api";
import { chooseUnits, type Organisation, type Unit } from "./organisation_api";
import { open, unitChoice, unitValue } from "./organisation_model";

/** 部门对应: which department of theirs is which of ours; those nobody has said stand first. */
export function OrganisationUnits({
  organisation,
  onChange,
}: {
  organisation: Organisation;
  onChange: (now: Organisation) => void;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [all, setAll] = useState(false);
  const ours = useQuery(departmentsQuery).data ?? [];
  const asked = open(organisation);
  const shown = all ? organisation.units : asked;
  const save = useMutation({
    mutationFn: ({ unit, value }: { unit: Unit; value: string }) =>
      chooseUnits(organisation.channel, [unitChoice(unit.remote, value)]),
    onSuccess: onChange,
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  if (organisation.units.length === 0) return null;
  return (
    <div className="union-units">
      <div className="union-units-head">
        <b>{t("channels:units")}</b>
        <span className="grey">
          {t("channels:units_matched", { count: organisation.units.filter((unit) => unitValue(unit) !== "").length })}
          {asked.length > 0 && t("channels:units_open", { count: asked.length })}
        </span>
        <span className="spread" />
        <button type="button" className="bare message-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {t(all ? "channels:units_fewer" : "channels:units_all", { count: organisation.units.length })}
        </button>
      </div>
      {shown.map((unit) => (
        <div key={unit.remote} className="union-unit">
          <span className="cut" title={unit.path}>
            {unit.path.replaceAll("/", " / ")}
          </span>
          <Icon name="arrowRight" size={15} />
          <Select
            aria-label={t("channels:unit_is", { unit: unit.path })}
            placeholder={t("channels:pick")}
            status={unitValue(unit) ? "" : "warning"}
            value={unitValue(unit) || null}
            loading={save.isPending && save.variables?.unit.remote === unit.remote}
            options={[
              ...ours.map((one) => ({ value: `is:${one.id}`, label: one.name })),
              { value: "make", label: t("channels:unit_make", { name: unit.path.split("/").at(-1) }) },
              { value: "skip", label: t("channels:unit_skip") },
            ]}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(value: string | null) => value && save.mutate({ unit, value })}
          />
          <span className="grey nowrap">
            {t(unitValue(unit) ? "channels:unit_people" : "channels:unit_waiting", { count: unit.people })}
          </span>
        </div>
      ))}
    </div>
  );
}
