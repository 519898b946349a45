import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { operatorsQuery, textOf, treeQuery } from "@/kit/formula/api";
import { EMPTY, type Group, isMe, isToday, type Row, samePath, size, type Value } from "@/kit/formula/conditions";
import { type Form, useForms, useLabel } from "@/rooms/forms";
import { useConditionChoices } from "@/rooms/forms/condition_choices";
import { type Part, type Quick, quicksOf, SCORES } from "./quick";

/** A filter as conditions, changed by taps. `group` null: it is a formula that has no rows. */
export function useQuick(form: Form, filter: string, onFilter: (filter: string) => void) {
  const forms = useForms();
  const quicks = useMemo(() => quicksOf(form, forms), [form, forms]);
  const read = useQuery({
    ...treeQuery(form.key, filter),
    enabled: filter !== "",
    placeholderData: keepPreviousData,
  });
  // what was tapped stands until another filter than its own is in place; `from`: the one that it is about to replace
  const [ahead, setAhead] = useState<{ group: Group; text: string | null; from: string | null } | null>(null);
  const turn = useRef(0);
  const latest = useRef(onFilter);
  latest.current = onFilter;
  const tapped = ahead && (ahead.text === null || [ahead.text, ahead.from].includes(filter)) ? ahead.group : null;
  useEffect(() => setAhead((now) => (now?.text === filter ? { ...now, from: null } : now)), [filter]);
  const group = tapped ?? (filter === "" ? EMPTY : (read.data?.tree ?? null));
  function change(next: Group) {
    const mine = ++turn.current;
    setAhead({ group: next, text: null, from: filter });
    const text = next.rows.length ? textOf({ form: form.key }, next).then((made) => made.text) : Promise.resolve("");
    text.then(
      (made) => {
        if (mine !== turn.current) return;
        setAhead({ group: next, text: made, from: made === filter ? null : filter });
        latest.current(made);
      },
      () => mine === turn.current && setAhead(null),
    );
  }
  return { quicks, group, change, written: filter !== "" && read.isSuccess && read.data.tree === null };
}

/** How a pick, and a condition of one's own, reads in few words. */
export function useQuickWords(form: Form) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const { choices } = useConditionChoices(form.key);
  const operators = useQuery(operatorsQuery).data;
  const english = i18n.language === "en";
  const named = (path: readonly string[]) => choices.find((c) => samePath(c.path, path));
  const field = (path: readonly string[]) => named(path)?.label ?? path.join(".");
  const title = (quick: Quick) => {
    const own = form.fields.find((f) => f.key === quick.path[0]);
    return quick.path.length > 1 ? (field(quick.path).split(" · ").at(-1) ?? "") : own ? label(own) : "";
  };
  const pick = (quick: Quick, key: string) =>
    quick.kind === "days"
      ? t("records:quick_days", { n: key })
      : quick.kind === "score"
        ? t(`records:quick_${key}`, SCORES)
        : (named(quick.path)?.options?.find((o) => o.value === key)?.label ?? key);
  const one = (row: Row, value: Value): string =>
    isMe(value)
      ? t("formula:me")
      : isToday(value)
        ? value.today === 0
          ? t("today")
          : `${t(value.today < 0 ? "formula:day_before" : "formula:day_after")} ${Math.abs(value.today)} ${t("formula:days")}`
        : (named(row.path)?.options?.find((o) => o.value === String(value))?.label ?? String(value ?? ""));
  const condition = (row: Row): string => {
    const operator = operators?.[row.kind]?.find((o) => o.key === row.op);
    if (row.kind === "yes_no" && row.op === "true") return field(row.path);
    const verb = (english ? operator?.en : operator?.zh) ?? "";
    if (operator?.takes === "days") return `${field(row.path)} ${verb.replace("N", String(row.value))}`;
    const values = Array.isArray(row.value) ? row.value : [row.value];
    // a record is named where it is chosen: here its number would say nothing
    const to = named(row.path)?.to !== undefined && !values.every(isMe);
    const said = operator?.takes === "none" || to ? "" : values.map((v) => one(row, v)).join(t("records:quick_and"));
    return [field(row.path), verb, said].filter(Boolean).join(" ");
  };
  const part = (of: Part): string =>
    "quick" in of
      ? `${of.quick.kind === "score" ? `${title(of.quick)} ` : ""}${of.keys.map((k) => pick(of.quick, k)).join(t("records:quick_and"))}`
      : "row" in of
        ? condition(of.row)
        : t("records:quick_group", { n: size(of.group) });
  return { title, pick, part };
}
