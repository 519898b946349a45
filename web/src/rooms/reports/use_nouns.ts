import { useTranslation } from "react-i18next";
import { useForm } from "@/rooms/forms";

/** 份 and 万 as the reader's language has them: English counts without a noun. */
export function useNouns(form: string) {
  const { t, i18n } = useTranslation();
  const noun = useForm(form)?.noun ?? "";
  return {
    noun: i18n.language === "en" ? "" : noun,
    suffix: (text: string) => (text === "万" ? t("reports:suffix_wan") : text === "亿" ? t("reports:suffix_yi") : text),
  };
}
