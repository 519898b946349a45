/** Texts: one flat file per room and language, `t("tasks:finish")`. The language in use is one chunk, loaded before the first paint. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { setRequestLanguage } from "@/api";

export type Language = "zh" | "en";
const STORED = "perennial.language";

const loaders: Record<Language, () => Promise<{ default: Record<string, Record<string, string>> }>> = {
  zh: () => import("./zh"),
  en: () => import("./en"),
};

async function load(language: Language) {
  if (i18next.hasResourceBundle(language, "common")) return;
  const files = (await loaders[language]()).default;
  for (const [path, texts] of Object.entries(files)) {
    const room = path.replace(/^.*\//, "").replace(".json", "");
    i18next.addResourceBundle(language, room, texts);
  }
}

function mark(language: Language) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  setRequestLanguage(language);
}

export async function startI18n(): Promise<void> {
  const language: Language = localStorage.getItem(STORED) === "en" ? "en" : "zh";
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: "common",
    nsSeparator: ":",
    keySeparator: false,
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { useSuspense: false, bindI18nStore: "added" },
  });
  await load(language);
  mark(language);
}

export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  localStorage.setItem(STORED, language);
  mark(language);
  await i18next.changeLanguage(language);
}
