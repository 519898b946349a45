/** What was drawn and could not be kept: it waits in this browser, as it stood, until it is opened again. */
import type { Draft } from "./api";

export interface Unsaved<Tree> {
  at: string;
  /** what is drawn */
  tree: Tree;
  /** by key: what the server had when it was drawn, and the draft that it had it in */
  kept: [string, Tree | null][];
  drafts: [string, Draft<Tree>][];
  inForce: string[];
}

const keyOf = (account: string, kind: string, key: string) => `perennial.drawn.${account}.${kind}.${key}`;

/** True when it stands there now; a full or forbidden store keeps nothing. */
export function lay<Tree>(account: string, kind: string, key: string, one: Unsaved<Tree>): boolean {
  try {
    localStorage.setItem(keyOf(account, kind, key), JSON.stringify(one));
    return true;
  } catch {
    return false;
  }
}

export function lying<Tree>(account: string, kind: string, key: string): Unsaved<Tree> | null {
  try {
    const text = localStorage.getItem(keyOf(account, kind, key));
    return text === null ? null : (JSON.parse(text) as Unsaved<Tree>);
  } catch {
    return null;
  }
}

export const forget = (account: string, kind: string, key: string) =>
  localStorage.removeItem(keyOf(account, kind, key));
