/** One stream of events per window, while it is seen: which forms were written. Who hears of it asks again. */
import { useEffect, useRef } from "react";
import { keys, queryClient } from "@/api";

/** `all`: from here on nothing is lost, before it everything may have changed */
export type EventName = "all" | "form" | "talk" | "task";
type Ear = (name: EventName, form: string) => void;

const ears = new Set<Ear>();
let source: EventSource | null = null;
let later: ReturnType<typeof setTimeout> | undefined;
let watch: ReturnType<typeof setInterval> | undefined;
let heard = 0;

const HIDDEN_MS = 5_000; // a window in the background gives its connection up: a browser has six of them
const AGAIN_MS = 10_000;
const SILENT_MS = 40_000; // the server says every 15 s that it is there: this long without a word, the line is dead
const NAMES: readonly EventName[] = ["all", "form", "talk", "task"];

function open() {
  clearTimeout(later);
  if (source || ears.size === 0 || document.visibilityState === "hidden") return;
  const opened = new EventSource("/api/live");
  source = opened;
  heard = Date.now();
  clearInterval(watch);
  watch = setInterval(onSilence, AGAIN_MS);
  for (const name of [...NAMES, "here", "open"]) opened.addEventListener(name, () => (heard = Date.now()));
  for (const name of NAMES)
    opened.addEventListener(name, (event) => {
      const { form = "" } = JSON.parse(event.data) as { form?: string };
      for (const ear of ears) ear(name, form);
    });
  opened.addEventListener("end", () => {
    close();
    void queryClient.invalidateQueries({ queryKey: keys.me }); // which leads to the login page
  });
  opened.onerror = () => {
    // it comes back by itself, unless the server said no
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    close();
    later = setTimeout(open, AGAIN_MS);
  };
}
/** A laptop that slept, a cable that was pulled: nobody tells the browser. */
function onSilence() {
  if (Date.now() - heard < SILENT_MS) return;
  close();
  open();
}
function close() {
  clearTimeout(later);
  clearInterval(watch);
  source?.close();
  source = null;
}
function onSight() {
  clearTimeout(later);
  if (document.visibilityState === "hidden") later = setTimeout(close, HIDDEN_MS);
  else open();
}

export function hear(ear: Ear): () => void {
  if (ears.size === 0) document.addEventListener("visibilitychange", onSight);
  ears.add(ear);
  open();
  return () => {
    ears.delete(ear);
    if (ears.size > 0) return;
    document.removeEventListener("visibilitychange", onSight);
    close();
  };
}

const SPREAD_MS = 600; // fifty windows do not ask in one instant
const PAUSE_MS = 2_500; // nor does one ask all the time while somebody imports

/**
 * `act` after records of these forms changed (`talk`: comments or faces at them; `task`: my list of tasks, of any form);
 * several events are one act.
 */
export function useLive(forms: string | readonly string[], act: () => void, names: readonly EventName[] = ["form"]) {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const wanted = `${typeof forms === "string" ? forms : forms.join(" ")}|${names.join(" ")}`;
  useEffect(() => {
    const [ofForms = "", ofNames = ""] = wanted.split("|");
    const [about, called] = [new Set(ofForms.split(" ")), new Set(ofNames.split(" "))];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const stop = hear((name, form) => {
      if (timer || (name !== "all" && !(called.has(name) && (about.has(form) || about.has("*"))))) return;
      const wait = Math.max(Math.random() * SPREAD_MS, last + PAUSE_MS - Date.now());
      timer = setTimeout(() => {
        timer = undefined;
        last = Date.now();
        latest.current();
      }, wait);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [wanted]);
}
