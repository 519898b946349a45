/** The colours of the product, light and dark. Everything else (antd, CSS variables, charts) is made from these. */

export type Tone = "info" | "warn" | "urgent" | "overdue" | "review" | "brand" | "plain";

export interface Palette {
  bg: string;
  surface: string;
  raised: string;
  sunken: string;
  border: string;
  borderStrong: string;
  borderContrast: string;
  text1: string;
  text2: string;
  text3: string;
  brand: string;
  brandHover: string;
  brandTint: string;
  brandTintBorder: string;
  onBrand: string;
  info: string;
  infoTint: string;
  warn: string;
  warnTint: string;
  urgent: string;
  urgentTint: string;
  overdue: string;
  overdueFill: string;
  review: string;
  reviewTint: string;
  bar: string;
  onBar: string;
  shadow: string;
  series: readonly [string, string, string, string, string, string];
  /** fills by level: calm, info, warn, urgent, overdue */
  levels: readonly [string, string, string, string, string];
}

export const light: Palette = {
  bg: "#F4F6F5",
  surface: "#FFFFFF",
  raised: "#F9FAF9",
  sunken: "#EFF2F0",
  border: "#E2E7E4",
  borderStrong: "#CBD3CE",
  borderContrast: "#8B9891",
  text1: "#17211C",
  text2: "#46534D",
  text3: "#66736D",
  brand: "#1B7A57",
  brandHover: "#156347",
  brandTint: "#E8F4EE",
  brandTintBorder: "#A7D2BE",
  onBrand: "#FFFFFF",
  info: "#1D5FA8",
  infoTint: "#E7F0FA",
  warn: "#855300",
  warnTint: "#FFF2D2",
  urgent: "#B03A06",
  urgentTint: "#FDE9DE",
  overdue: "#FFFFFF",
  overdueFill: "#8E1B3B",
  review: "#6F4A8E",
  reviewTint: "#F2ECF7",
  bar: "#1C2722",
  onBar: "#F1F5F3",
  shadow: "0 6px 20px rgba(23, 33, 28, 0.14), 0 1px 4px rgba(23, 33, 28, 0.08)",
  series: ["#1B7A57", "#2B4C9B", "#E0A021", "#7A2E52", "#6DB6E0", "#C9CFCB"],
  levels: ["#C0CBC5", "#7FA9D6", "#E0A021", "#C9501A", "#8E1B3B"],
};

export const dark: Palette = {
  bg: "#0E1512",
  surface: "#161F1B",
  raised: "#1A2420",
  sunken: "#111915",
  border: "#283530",
  borderStrong: "#3A4A43",
  borderContrast: "#7C8B84",
  text1: "#E5EDE9",
  text2: "#B5C2BB",
  text3: "#8D9B94",
  brand: "#4DB88C",
  brandHover: "#6CC9A2",
  brandTint: "#17332A",
  brandTintBorder: "#2C5C49",
  onBrand: "#0B1511",
  info: "#82B7F0",
  infoTint: "#16293D",
  warn: "#E8B650",
  warnTint: "#35290F",
  urgent: "#F4945F",
  urgentTint: "#3A2013",
  overdue: "#FFFFFF",
  overdueFill: "#7A1F3A",
  review: "#C3A2DE",
  reviewTint: "#2A2036",
  bar: "#2B3933",
  onBar: "#E5EDE9",
  shadow: "0 8px 24px rgba(0, 0, 0, 0.5), 0 1px 4px rgba(0, 0, 0, 0.4)",
  series: ["#4DB88C", "#7FA2F0", "#F0C25A", "#D0709C", "#B9DDF2", "#5A6A63"],
  levels: ["#5A6A63", "#7FA9D6", "#E0A021", "#F4945F", "#C04468"],
};

/** `brandTint` -> `--brand-tint` */
export function variables(palette: Palette): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === "string") out[`--${name.replace(/[A-Z0-9]/g, (c) => `-${c.toLowerCase()}`)}`] = value;
  }
  return out;
}
