/** The time of day of a moment, as a clock shows it. */
export const at = (moment: string): string =>
  new Date(moment).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
