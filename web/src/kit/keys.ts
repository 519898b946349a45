import { useEffect, useRef } from "react";

/** Single keys act only when nobody types: not in a field, not while an input method composes, not with a modifier. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true;
  const t = event.target as HTMLElement | null;
  return !!t?.closest?.(
    "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], [role=combobox]",
  );
}

/** `mod+k`, `shift+x`, `j`, `g h`, `?`, `Escape` */
export function keyName(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? "shift+" : "";
  return mod + alt + shift + (letter === " " ? "Space" : letter);
}

type Bindings = Record<string, ((event: KeyboardEvent) => void) | undefined | false>;

/** The newest binding wins, so that an open drawer's keys cover its list's. */
const layers: { current: Bindings }[] = [];
let prefix = "";
let prefixTimer = 0;

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented) return;
  const name = keyName(event);
  const typing = isTyping(event);
  if (typing && !name.startsWith("mod+") && name !== "Escape") return;
  if (event.isComposing) return;
  // a focused button keeps its own Enter and Space
  const onControl = (event.target as HTMLElement | null)?.closest?.("button, a[href], [role=tab], [role=menuitem]");
  if (onControl && (name === "Enter" || name === "Space")) return;
  const full = prefix ? `${prefix} ${name}` : name;
  prefix = "";
  window.clearTimeout(prefixTimer);
  for (let i = layers.length - 1; i >= 0; i--) {
    const bindings = layers[i]?.current ?? {};
    const act = bindings[full];
    if (act) {
      event.preventDefault();
      act(event);
      return;
    }
    if (Object.keys(bindings).some((k) => k.startsWith(`${full} `))) {
      prefix = full;
      prefixTimer = window.setTimeout(() => {
        prefix = "";
      }, 1200);
      return;
    }
  }
}

/** Bind keys while the component is mounted. */
export function useKeys(bindings: Bindings) {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const layer = latest;
    layers.push(layer);
    if (layers.length === 1) window.addEventListener("keydown", onKey);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) window.removeEventListener("keydown", onKey);
    };
  }, []);
}
