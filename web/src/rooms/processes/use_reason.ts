import { useTranslation } from "react-i18next";

const KNOWN = [
  "condition",
  "running",
  "same_term",
  "arrived_late",
  "too_late",
  "quiet",
  "cancel_when",
  "moved",
  "cancelled",
  "migrated",
  "superseded",
  "finished",
  "deleted",
  "import",
  "ended",
  "hold",
] as const;

/** Why something was skipped or is not covered; what a person wrote stays as written. */
export function useReason() {
  const { t } = useTranslation();
  return (code: string | null): string =>
    code === null || code === ""
      ? t("processes:reason_none")
      : (KNOWN as readonly string[]).includes(code)
        ? t(`processes:reason_${code}`)
        : code;
}
