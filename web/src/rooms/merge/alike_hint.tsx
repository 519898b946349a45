import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Notice } from "@/kit";
import type { Form } from "@/rooms/forms";
import { alikeQuery } from "./api";
import { evidence } from "./evidence";
import "./merge.css";

const AFTER_MS = 350;

/** While a new record is being typed: what is perhaps there already, with a link. */
export function AlikeHint({ form, values }: { form: Form; values: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const typed = JSON.stringify(
    Object.fromEntries(
      evidence(form)
        .map((f) => [f.key, values[f.key]] as const)
        .filter(([, value]) => typeof value === "string" && value.trim().length > 1),
    ),
  );
  const [asked, setAsked] = useState("{}");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed), AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    ...alikeQuery(form.key, JSON.parse(asked) as Record<string, unknown>),
    enabled: asked !== "{}" && asked === typed,
  }).data;
  if (typed === "{}" || !found?.length) return null;
  return (
    <Notice tone="warn" icon="copy">
      <span role="status">
        {t("merge:perhaps_there")}
        {found.map((one) => (
          <Link key={one.id} className="alike" to={`/r/${form.key}/${one.id}`} target="_blank">
            {one.label}
          </Link>
        ))}
      </span>
    </Notice>
  );
}
