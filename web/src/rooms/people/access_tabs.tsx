import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Tabs } from "@/kit";
import { peopleQuery, useMe } from "./api";
import "./organisation.css";

type Tab = "matrix" | "people" | "handover";

/** Roles, people and handover belong together; each is shown to whoever has its right. */
export function AccessTabs({ active }: { active: Tab }) {
  const { t } = useTranslation();
  const may = useMe().may;
  const people = useQuery(peopleQuery).data;
  const items = [
    ...(may.includes("design") ? [{ key: "matrix", label: t("access:tab_matrix"), to: "/access" }] : []),
    ...(may.includes("people")
      ? [
          { key: "people", label: t("access:tab_people"), to: "/people", count: people?.length },
          { key: "handover", label: t("access:tab_handover"), to: "/handover" },
        ]
      : []),
  ];
  return <Tabs items={items} active={active} label={t("access:title")} />;
}
