import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { toast } from "@/kit";
import { useMe } from "@/rooms/people";
import {
  type Clash,
  DESIGN,
  type DefinitionTree,
  type DesignKind,
  type DesignProblem,
  type Draft,
  discardDraft,
  draftProblems,
  readDefinition,
  rebaseDraft,
  saveDraft,
} from "./api";
import { amended, back, begun, forth, type Steps, stepped } from "./steps";
import { forget, lay, lying, type Unsaved } from "./unsaved";

export type SaveState = "idle" | "saving" | "saved" | "failed" | "stale";
const AFTER_MS = 700;
const AGAIN_MS = 10_000;

export interface DraftWork<Tree> {
  /** what is drawn; null while it is being read */
  steps: Steps<Tree> | null;
  /** the same at this moment, rendered or not */
  now: () => Tree | null;
  /** what is in force */
  current: Tree | null;
  /** numbers of the drafts that are kept and published together; none while nothing is drawn */
  ids: number[];
  /** changes with every save */
  stamp: string;
  problems: DesignProblem[];
  /** places that a publication since then changed as well */
  clashes: Clash[];
  state: SaveState;
  savedAt: string | null;
  error: unknown;
  act: (name: string, change: Tree | ((tree: Tree) => Tree), place?: string) => void;
  /** what is no step of its own */
  amend: (change: (tree: Tree) => Tree) => void;
  undo: () => void;
  redo: () => void;
  /** false: what was drawn last could not be kept and waits in this browser */
  flush: () => Promise<boolean>;
  /** what is drawn here stands, also where a colleague changed the same place since */
  insist: () => Promise<void>;
  rebase: (take: "mine" | "theirs") => Promise<void>;
  reload: () => void;
}

/** Definitions that are drawn as one tree and kept as a draft each. */
export interface Parts<Tree> {
  /** keys of those that belong to the definition */
  find: () => Promise<string[]>;
  join: (own: Tree, parts: Record<string, Tree>) => Tree;
  split: (tree: Tree) => { own: Tree; parts: Record<string, Tree> };
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** A draft while it is drawn: kept by itself shortly after each step, with what is wrong with it. */
export function useDraft<Tree extends object>(kind: DesignKind, key: string, parts?: Parts<Tree>): DraftWork<Tree> {
  const client = useQueryClient();
  const { t } = useTranslation();
  const word = useRef(t);
  word.current = t;
  const { account } = useMe();
  const [steps, setSteps] = useState<Steps<Tree> | null>(null);
  const [current, setCurrent] = useState<Tree | null>(null);
  const [heads, setHeads] = useState<ReadonlyMap<string, Draft<Tree>>>(new Map());
  const [problems, setProblems] = useState<DesignProblem[]>([]);
  const [state, setState] = useState<SaveState>("idle");
  const [error, setError] = useState<unknown>(null);
  const held = useRef<Steps<Tree> | null>(null);
  /** by key: the tree that the server has, and the draft that it has it in */
  const kept = useRef(new Map<string, Tree | null>());
  const drafts = useRef(new Map<string, Draft<Tree>>());
  const inForce = useRef(new Set<string>());
  const queue = useRef<Promise<void>>(Promise.resolve());
  const timer = useRef(0);
  const flushing = useRef<() => Promise<boolean>>(async () => true);
  const gone = useRef(false);
  const insisting = useRef(false);
  /** something is drawn that the server does not have yet */
  const waiting = useRef(false);
  const here = useRef(true);
  const whole = useRef(parts);
  whole.current = parts;

  const hold = useCallback((next: Steps<Tree> | null) => {
    held.current = next;
    setSteps(next);
  }, []);
  const stop = useRef(() => {});
  /** As it stood when it could not be kept; colleagues' changes since come with the next save. */
  const resume = useCallback(
    (waits: Unsaved<Tree>) => {
      kept.current = new Map(waits.kept);
      drafts.current = new Map(waits.drafts);
      inForce.current = new Set(waits.inForce);
      const { [key]: own, ...others } = Object.fromEntries(waits.kept);
      const trees = Object.entries(others).filter((one): one is [string, Tree] => one[1] !== null);
      const before = own ? (whole.current?.join(own, Object.fromEntries(trees)) ?? own) : waits.tree;
      hold(stepped(begun(before), word.current("design:step_resumed"), waits.tree));
      waiting.current = true;
      toast({ text: word.current("design:resumed") });
      timer.current = window.setTimeout(() => void flushing.current(), 0);
    },
    [key, hold],
  );
  const load = useCallback(() => {
    stop.current();
    let stopped = false;
    stop.current = () => {
      stopped = true;
    };
    gone.current = false;
    waiting.current = false;
    hold(null);
    setState("idle");
    setError(null);
    const read = async () => {
      const names = [key, ...((await whole.current?.find()) ?? [])];
      const [found, ...others] = await Promise.all(names.map((name) => readDefinition<Tree>(kind, name)));
      const waits = lying<Tree>(account, kind, key);
      const tree = found?.draft?.tree ?? found?.current ?? waits?.tree;
      if (stopped || !found) return;
      if (!tree) throw new Problem(404, "apps.no_definition", "", null, {});
      const all = [found, ...others];
      const drawn = (one: DefinitionTree<Tree>) => (one.draft ? one.draft.tree : one.current);
      const joined = (own: Tree, of: (one: DefinitionTree<Tree>) => Tree | null): Tree => {
        const trees = others.flatMap((one) => [[one.key, of(one)] as const]).filter(([, one]) => one !== null);
        return whole.current?.join(own, Object.fromEntries(trees) as Record<string, Tree>) ?? own;
      };
      kept.current = new Map(all.map((one) => [one.key, drawn(one)]));
      drafts.current = new Map(all.flatMap((one) => (one.draft ? [[one.key, one.draft]] : [])));
      inForce.current = new Set(all.flatMap((one) => (one.current ? [one.key] : [])));
      setHeads(new Map(drafts.current));
      setCurrent(found.current && joined(found.current, (one) => one.current));
      hold(begun(joined(tree, drawn)));
      setProblems([]);
      if (waits) resume(waits);
      const first = [...drafts.current.keys()][0];
      const wrong = first === undefined ? [] : await draftProblems(kind, first);
      if (!stopped) setProblems(wrong);
    };
    read().catch((failure: unknown) => {
      if (!stopped) setError(failure);
    });
  }, [kind, key, account, hold, resume]);
  useEffect(() => {
    load();
    return () => stop.current();
  }, [load]);

  /** What colleagues drew meanwhile is drawn here, too; the steps begin anew. */
  const takeOver = useCallback(
    (joined: ReadonlyMap<string, Draft<Tree>>, tree: Tree) => {
      const { own, parts } = whole.current?.split(tree) ?? { own: tree, parts: {} };
      const all: Record<string, Tree> = { ...parts, [key]: own };
      for (const [name, draft] of joined) {
        kept.current.set(name, draft.tree);
        if (draft.base) inForce.current.add(name);
        if (draft.tree) all[name] = draft.tree;
        else delete all[name];
        const { base } = draft;
        if (name === key && base)
          setCurrent((old) => whole.current?.join(base, old ? whole.current.split(old).parts : {}) ?? base);
      }
      const { [key]: mine = own, ...others } = all;
      hold(begun(whole.current?.join(mine, others) ?? mine));
      toast({ text: word.current("design:joined") });
    },
    [key, hold],
  );

  /** What the server does not have yet stands in this browser, as it is drawn now. */
  const aside = useCallback(() => {
    const tree = held.current?.now;
    if (!tree || !waiting.current) return;
    const at = new Date().toISOString();
    const stood = { kept: [...kept.current], drafts: [...drafts.current], inForce: [...inForce.current] };
    lay(account, kind, key, { at, tree, ...stood });
  }, [account, kind, key]);

  const keep = useCallback(async () => {
    const tree = held.current?.now;
    if (!tree) return;
    if (gone.current) return aside();
    const { own, parts } = whole.current?.split(tree) ?? { own: tree, parts: {} };
    const wanted = new Map<string, Tree | null>([...kept.current.keys()].map((name) => [name, null]));
    for (const [name, part] of Object.entries(parts)) wanted.set(name, part);
    wanted.delete(key);
    wanted.set(key, own); // last: what is wrong is asked of all of them
    const changed = [...wanted].filter(([name, one]) => !same(one, kept.current.get(name) ?? null));
    if (changed.length === 0) {
      waiting.current = false;
      forget(account, kind, key);
      return;
    }
    setState("saving");
    const joined = new Map<string, Draft<Tree>>();
    try {
      for (const [name, one] of changed) {
        const before = drafts.current.get(name);
        if (one === null && !inForce.current.has(name)) {
          if (before) await discardDraft(kind, name);
          drafts.current.delete(name);
        } else {
          const had = { had: kept.current.get(name) ?? null, insist: insisting.current };
          const { draft, problems } = await saveDraft<Tree>(kind, name, one, before?.version ?? null, had);
          // a colleague's changes are in it: taken over at rest, else with the next save, which is put into theirs again
          const theirs = draft.version !== (before?.version ?? 0) + 1;
          if (theirs) joined.set(name, draft);
          if (!theirs || held.current?.now === tree) drafts.current.set(name, draft);
          setProblems(problems);
        }
        kept.current.set(name, one);
      }
      insisting.current = false;
      waiting.current = held.current?.now !== tree;
      if (!waiting.current) forget(account, kind, key);
      if (joined.size > 0 && !waiting.current) takeOver(joined, tree);
      setHeads(new Map(drafts.current));
      setState("saved");
      setError(null);
      void client.invalidateQueries({ queryKey: [...DESIGN, "definitions"] });
      void client.invalidateQueries({ queryKey: [...DESIGN, "drafts"] });
    } catch (failure) {
      const stale = failure instanceof Problem && failure.status === 409;
      gone.current = stale;
      setState(stale ? "stale" : "failed");
      setError(failure);
      aside();
      if (!here.current) toast({ text: word.current("design:laid_aside"), tone: "bad" });
      else if (!stale) timer.current = window.setTimeout(() => void flushing.current(), AGAIN_MS);
    }
  }, [kind, key, account, client, takeOver, aside]);

  const flush = useCallback((): Promise<boolean> => {
    window.clearTimeout(timer.current);
    queue.current = queue.current.then(keep);
    return queue.current.then(() => !waiting.current);
  }, [keep]);
  flushing.current = flush;

  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
      void flushing.current();
    };
  }, []);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (!waiting.current) return;
      aside();
      void flush();
      event.preventDefault();
    };
    const again = () => {
      if (waiting.current && !gone.current) void flush();
    };
    window.addEventListener("beforeunload", ask);
    window.addEventListener("pagehide", aside);
    window.addEventListener("online", again);
    return () => {
      window.removeEventListener("beforeunload", ask);
      window.removeEventListener("pagehide", aside);
      window.removeEventListener("online", again);
    };
  }, [flush, aside]);

  const go = useCallback(
    (move: (steps: Steps<Tree>) => Steps<Tree>) => {
      if (!held.current) return;
      hold(move(held.current));
      waiting.current = true;
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void flush(), AFTER_MS);
    },
    [hold, flush],
  );

  const all = [...heads.values()];
  return {
    steps,
    now: () => held.current?.now ?? null,
    current,
    ids: all.map((one) => one.id),
    stamp: all.map((one) => `${one.id}:${one.version}`).join(),
    savedAt: all.reduce<string | null>((at, one) => (at === null || one.at > at ? one.at : at), null),
    problems,
    clashes: all.flatMap((one) => one.conflicts),
    state,
    error,
    flush,
    act: (name, change, place) => {
      const at = performance.now();
      go((old) => stepped(old, name, typeof change === "function" ? change(old.now) : change, place, at));
    },
    amend: (change) => go((old) => amended(old, change)),
    undo: () => go(back),
    redo: () => go(forth),
    insist: async () => {
      gone.current = false;
      insisting.current = true;
      await flush();
    },
    rebase: async (take) => {
      if (!(await flush())) return;
      hold(null); // nothing is drawn while it is merged
      try {
        for (const [name, one] of drafts.current) {
          const paths = one.conflicts.map((clash) => [clash.path, take]);
          if (paths.length) await rebaseDraft<Tree>(kind, name, Object.fromEntries(paths));
        }
      } finally {
        load();
      }
    },
    reload: () => {
      forget(account, kind, key);
      load();
    },
  };
}
