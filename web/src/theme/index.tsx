import { App as AntApp, ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMedia, usePhone } from "@/kit/media";
import { antdTheme } from "./antd";
import { dark, light, type Palette, variables } from "./tokens";

export type ThemeChoice = "system" | "light" | "dark";
const STORED = "perennial.theme";

interface Themed {
  choice: ThemeChoice;
  isDark: boolean;
  palette: Palette;
  choose: (choice: ThemeChoice) => void;
}
const ThemeContext = createContext<Themed>({ choice: "system", isDark: false, palette: light, choose: () => {} });

export const useTheme = () => useContext(ThemeContext);

function stored(): ThemeChoice {
  const value = localStorage.getItem(STORED);
  return value === "light" || value === "dark" ? value : "system";
}

function paint(palette: Palette, isDark: boolean) {
  const root = document.documentElement;
  for (const [name, value] of Object.entries(variables(palette))) root.style.setProperty(name, value);
  root.dataset.theme = isDark ? "dark" : "light";
  root.style.colorScheme = isDark ? "dark" : "light";
}

// before the first paint, so that a dark screen never flashes white
{
  const isDark = stored() === "dark" || (stored() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  paint(isDark ? dark : light, isDark);
}

export function Theme({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(stored);
  const systemDark = useMedia("(prefers-color-scheme: dark)");
  const phone = usePhone();
  const { i18n } = useTranslation();
  const isDark = choice === "dark" || (choice === "system" && systemDark);
  const palette = isDark ? dark : light;

  useEffect(() => paint(palette, isDark), [palette, isDark]);
  const themed = useMemo<Themed>(
    () => ({
      choice,
      isDark,
      palette,
      choose: (next) => {
        localStorage.setItem(STORED, next);
        setChoice(next);
      },
    }),
    [choice, isDark, palette],
  );
  const config = useMemo(() => antdTheme(palette, isDark, phone), [palette, isDark, phone]);
  const still = useMedia("(prefers-reduced-motion: reduce)");

  return (
    <ThemeContext value={themed}>
      <ConfigProvider
        theme={{ ...config, token: { ...config.token, motion: !still } }}
        locale={i18n.language === "en" ? en : zh}
        button={{ autoInsertSpace: false }}
        wave={{ disabled: true }}
        select={{ showSearch: { optionFilterProp: "label" } }}
      >
        <AntApp component={false}>{children}</AntApp>
      </ConfigProvider>
    </ThemeContext>
  );
}
