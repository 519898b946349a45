import { Input, Modal } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Icon, type IconName, useProblemText } from "@/kit";
import { useForms, useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { formIcon, type Group } from "./nav";
import { LANGUAGES, THEMES, usePersonActs } from "./person_menu";
import { isEnough, useFound } from "./use_found";
import { useEntryText } from "./use_nav";

interface Item {
  key: string;
  group: "records" | "pages" | "acts";
  icon: IconName;
  text: string;
  hint?: string;
  match: string;
  act: () => void;
}

const QUIET_MS = 150;

/** Search and commands: records of every form, pages, new records, settings. */
export function Palette({ groups, onClose }: { groups: readonly Group[]; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const forms = useForms();
  const label = useLabel();
  const entryText = useEntryText();
  const acts = usePersonActs();
  const me = useMe();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [needle, setNeedle] = useState("");
  const [entered, setEntered] = useState(false);
  const problem = useProblemText();
  useEffect(() => {
    const timer = setTimeout(() => setNeedle(text.trim()), QUIET_MS); // one question for a word, not for each letter
    return () => clearTimeout(timer);
  }, [text]);

  const { found: records, searching, error } = useFound(forms, needle);
  const behind = searching || needle !== text.trim();
  const fixed = useMemo<Item[]>(() => {
    const go = (to: string) => () => void navigate(to);
    const pages: Item[] = groups.flatMap((g) =>
      g.entries.map((e) => ({
        key: e.key,
        group: "pages" as const,
        icon: e.icon,
        text: entryText(e),
        match: `${entryText(e)} ${e.pinyin ?? ""} ${e.key}`.toLowerCase(),
        act: go(e.to),
      })),
    );
    const news: Item[] = forms
      .filter((f) => f.may.includes("create") && !f.within)
      .map((f) => ({
        key: `new.${f.key}`,
        group: "acts" as const,
        icon: "plus" as const,
        text: t("shell:new_of", { label: label(f) }),
        match: `${t("shell:new_of", { label: label(f) })} ${f.key} xj`.toLowerCase(),
        act: go(`/r/${f.key}?new=1`),
      }));
    const settings: Item[] = [
      ...LANGUAGES.map((l) => ({
        key: `language.${l.key}`,
        group: "acts" as const,
        icon: "globe" as const,
        text: `${t("shell:language")} · ${l.name}`,
        match: `language yy ${l.name}`.toLowerCase(),
        act: () => void acts.language(l.key),
      })),
      ...THEMES.map((c) => ({
        key: `theme.${c}`,
        group: "acts" as const,
        icon: "moon" as const,
        text: `${t("shell:theme")} · ${t(`shell:theme_${c}`)}`,
        match: `${t("shell:theme")} ${t(`shell:theme_${c}`)} theme wg ${c}`.toLowerCase(),
        act: () => acts.theme(c),
      })),
      {
        key: "logout",
        group: "acts" as const,
        icon: "logout" as const,
        text: t("shell:logout"),
        match: `${t("shell:logout")} logout tc`.toLowerCase(),
        act: () => void acts.leave(),
      },
    ];
    return [...pages, ...news, ...settings];
  }, [groups, forms, label, entryText, acts, navigate, t]);

  /** a colleague: their page for who manages people, else the first list that names a person, theirs alone */
  const theirs = (id: number) => {
    const owned = forms.flatMap((f) => f.fields.filter((one) => one.kind === "person").map((one) => ({ f, one })))[0];
    if (me.may.includes("people") || !owned) return `/people?person=${id}`;
    return `/r/${owned.f.key}?f=${encodeURIComponent(`${owned.one.key} = ${id}`)}`;
  };
  const low = text.trim().toLowerCase();
  const found: Item[] = [
    ...records.map(({ form, id, title, hint }) => ({
      key: `${form?.key ?? "person"}.${id}`,
      group: "records" as const,
      icon: form ? formIcon(form.key) : ("person" as const),
      text: title,
      hint,
      match: "",
      act: () => void navigate(form ? `/r/${form.key}/${id}` : theirs(id)),
    })),
    ...(low ? fixed.filter((i) => i.match.includes(low)) : fixed.filter((i) => i.group === "pages")),
  ];
  const chosen = Math.min(at, found.length - 1);
  const run = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    item.act();
  };
  /** what stands there may belong to an earlier text: the best of this one is opened once it is known */
  const enter = () => {
    if (!behind) return run(found[chosen]);
    setNeedle(text.trim());
    setEntered(true);
  };
  useEffect(() => {
    if (!entered || behind) return;
    setEntered(false);
    run(found[0]);
  });
  const moveTo = (to: number) => {
    setAt(to);
    document.getElementById(`palette-${found[to]?.key}`)?.scrollIntoView({ block: "nearest" });
  };
  const nothing = behind
    ? t("shell:searching")
    : isEnough(needle)
      ? t("shell:nothing_found", { text: needle.length > 40 ? `${needle.slice(0, 40)}…` : needle })
      : t("shell:one_more");

  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={600} style={{ top: 96 }} destroyOnHidden>
      <Input
        autoFocus
        size="large"
        variant="borderless"
        value={text}
        prefix={<Icon name="search" />}
        placeholder={t("shell:search")}
        aria-label={t("shell:search")}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${found[chosen].key}` : undefined}
        onChange={(e) => {
          setText(e.target.value);
          setAt(0);
          setEntered(false);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "ArrowDown") moveTo(Math.min(found.length - 1, chosen + 1));
          else if (e.key === "ArrowUp") moveTo(Math.max(0, chosen - 1));
          else if (e.key === "Enter") enter();
          else return;
          e.preventDefault();
        }}
      />
      <div className="palette-list" id="palette-list" role="listbox" aria-label={t("shell:search")}>
        {error && !behind && (
          <p className="palette-problem" role="alert">
            {t("shell:not_searched", { why: problem(error) })}
          </p>
        )}
        {found.length === 0 && !(error && !behind) && (
          <p className="empty" role="status">
            {nothing}
          </p>
        )}
        {found.map((item, i) => (
          <div key={item.key}>
            {found[i - 1]?.group !== item.group && (
              <div className="palette-group">{t(`shell:found_${item.group}`)}</div>
            )}
            <button
              type="button"
              id={`palette-${item.key}`}
              className="palette-item"
              role="option"
              aria-selected={i === chosen}
              tabIndex={-1}
              onPointerMove={() => setAt(i)}
              onClick={() => run(item)}
            >
              <Icon name={item.icon} size={16} style={{ color: "var(--text-2)" }} />
              <span className="cut spread">{item.text}</span>
              {item.hint && <span className="grey small cut">{item.hint}</span>}
            </button>
          </div>
        ))}
      </div>
    </Modal>
  );
}
