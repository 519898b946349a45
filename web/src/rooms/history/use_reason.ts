import { useTranslation } from "react-i18next";
import type { Because } from "./api";
import { readable } from "./model";

/** Who wrote, and why, in words. */
export function useReason() {
  const { t, i18n } = useTranslation();
  const english = i18n.language === "en";
  const word = (because: Because, name: string) => because.words[english ? `${name}_en` : name] ?? "";
  return {
    who: (because: Pick<Because, "kind" | "actor">) =>
      because.kind === "person" && because.actor ? because.actor : t("records:system"),
    why: (because: Because): string => {
      const { reason, cause } = because;
      const text = (key: string) => (typeof cause[key] === "string" ? (cause[key] as string) : "");
      const facts = {
        file: text("file"),
        process: word(because, "process"),
        node: word(because, "node"),
        outcome: word(because, "outcome"),
        person: because.words.person ?? "",
        note: text("note"),
        at: readable(text("at")),
      };
      switch (reason) {
        case "import":
          return facts.file ? t("history:why_import", facts) : t("history:why_import_plain");
        case "process":
        case "reaction":
        case "tick":
          if (facts.process && facts.node) return t("history:why_process_node", facts);
          return facts.process ? t("history:why_process", facts) : t("history:why_process_plain");
        case "task":
          return facts.node ? t("history:why_task_node", facts) : t("history:why_task");
        case "handover":
          return facts.person ? t("history:why_handover", facts) : t("history:why_handover_plain");
        case "publish":
          return facts.note ? t("history:why_publish_note", facts) : t("history:why_publish");
        case "undo":
          return facts.file ? t("history:why_undo_import", facts) : t("history:why_undo");
        case "restore":
          return facts.at ? t("history:why_restore", facts) : t("history:why_restore_plain");
        case "bulk":
        case "paste":
        case "merge":
        case "rule":
        case "readings":
          return t(`history:why_${reason}`);
        default:
          return "";
      }
    },
  };
}
