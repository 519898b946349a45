/** The time of day of a moment, as a clock of the workspace shows it. */
export const at = (moment: string, zone: string): string =>
  new Date(moment).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });

/** A wait in seconds; never none at all. */
export const seconds = (ms: number): string => Math.max(0.1, ms / 1000).toFixed(1);
