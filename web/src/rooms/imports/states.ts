import type { Tone } from "@/theme/tokens";
import type { State } from "./api";

export const STATE_TONE: Record<State, Tone> = {
  mapping: "plain",
  checked: "info",
  queued: "info",
  running: "info",
  done: "brand",
  failed: "urgent",
  undone: "plain",
};
