import { useQuery } from "@tanstack/react-query";
import { Button, Mentions } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/kit";
import { mentionableQuery } from "./api";
import { named } from "./model";

/** A comment being written; an @ offers who may read the record. Ctrl Enter says it, Esc leaves it. */
export function Composer({
  form,
  id,
  text: start = "",
  saving,
  submit,
  onSay,
  onCancel,
}: {
  form: string;
  id: number;
  text?: string;
  saving: boolean;
  submit: string;
  /** true: it is said, and the box is empty again */
  onSay: (said: { text: string; mentions: number[] }) => Promise<boolean>;
  onCancel?: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(start);
  const [asked, setAsked] = useState(start.includes("@"));
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const people = useQuery({ ...mentionableQuery(form, id), enabled: asked });
  const empty = text.trim() === "";
  async function say() {
    if (empty || saving) return;
    // on a slow line the words may be there before the names: nobody who is named goes untold
    const known = people.data ?? (text.includes("@") ? ((await people.refetch()).data ?? []) : []);
    if (await onSay({ text, mentions: named(text, known, picked) })) setText("");
  }
  return (
    <div className="composer">
      <Mentions
        autoFocus={onCancel !== undefined}
        autoSize={{ minRows: 2, maxRows: 10 }}
        maxLength={5000}
        value={text}
        aria-label={t("together:comment")}
        placeholder={t("together:placeholder")}
        notFoundContent={people.isPending ? t("together:loading") : t("together:nobody")}
        options={(people.data ?? []).map((p) => ({ value: p.name, label: p.name, key: String(p.id) }))}
        onFocus={() => setAsked(true)}
        onChange={setText}
        onSelect={(option) => setPicked(new Set([...picked, Number(option.key)]))}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            e.stopPropagation();
            void say();
          }
          if (e.key === "Escape" && onCancel) {
            e.stopPropagation();
            onCancel();
          }
        }}
      />
      <span className="row">
        <span className="grey small spread">{t("together:who_reads")}</span>
        <Kbd>Ctrl Enter</Kbd>
        {onCancel && (
          <Button size="small" onClick={onCancel}>
            {t("cancel")}
          </Button>
        )}
        <Button size="small" type="primary" loading={saving} disabled={empty} onClick={() => void say()}>
          {submit}
        </Button>
      </span>
    </div>
  );
}
