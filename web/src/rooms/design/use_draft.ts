import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "@/api";
import {
  type Clash,
  DESIGN,
  type DesignKind,
  type DesignProblem,
  draftProblems,
  readDefinition,
  rebaseDraft,
  type Saved,
  saveDraft,
} from "./api";
import { amended, back, begun, forth, type Steps, stepped } from "./steps";

export type SaveState = "idle" | "saving" | "saved" | "failed" | "stale";
const AFTER_MS = 700;

export interface DraftWork<Tree> {
  /** what is drawn; null while it is being read */
  steps: Steps<Tree> | null;
  /** the same at this moment, rendered or not */
  now: () => Tree | null;
  /** what is in force */
  current: Tree | null;
  /** number of the draft, when one is kept */
  id: number | null;
  version: number | null;
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
  /** everything drawn so far is kept when this resolves */
  flush: () => Promise<void>;
  rebase: (take: "mine" | "theirs") => Promise<void>;
  reload: () => void;
}

/** A draft while it is drawn: kept by itself shortly after each step, with what is wrong with it. */
export function useDraft<Tree extends object>(kind: DesignKind, key: string): DraftWork<Tree> {
  const client = useQueryClient();
  const [steps, setSteps] = useState<Steps<Tree> | null>(null);
  const [current, setCurrent] = useState<Tree | null>(null);
  const [head, setHead] = useState<{ id: number; version: number; at: string } | null>(null);
  const [problems, setProblems] = useState<DesignProblem[]>([]);
  const [clashes, setClashes] = useState<Clash[]>([]);
  const [state, setState] = useState<SaveState>("idle");
  const [error, setError] = useState<unknown>(null);
  const held = useRef<Steps<Tree> | null>(null);
  const kept = useRef<Tree | null>(null);
  const version = useRef<number | null>(null);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const timer = useRef(0);
  const gone = useRef(false);

  const taken = useCallback((saved: Saved<Tree>) => {
    version.current = saved.draft.version;
    setHead({ id: saved.draft.id, version: saved.draft.version, at: saved.draft.at });
    setProblems(saved.problems);
    setClashes(saved.draft.conflicts);
    setState("saved");
    setError(null);
  }, []);

  const hold = useCallback((next: Steps<Tree> | null) => {
    held.current = next;
    setSteps(next);
  }, []);
  const stop = useRef(() => {});
  const load = useCallback(() => {
    stop.current();
    let stopped = false;
    stop.current = () => {
      stopped = true;
    };
    gone.current = false;
    hold(null);
    setState("idle");
    setError(null);
    readDefinition<Tree>(kind, key)
      .then(async (found) => {
        if (stopped) return;
        const tree = found.draft?.tree ?? found.current;
        if (!tree) throw new Problem(404, "apps.no_definition", "", null, {});
        kept.current = tree;
        version.current = found.draft?.version ?? null;
        setHead(found.draft && { id: found.draft.id, version: found.draft.version, at: found.draft.at });
        setCurrent(found.current);
        setClashes(found.draft?.conflicts ?? []);
        hold(begun(tree));
        if (found.draft) {
          const wrong = await draftProblems(kind, key);
          if (!stopped) setProblems(wrong);
        } else setProblems([]);
      })
      .catch((failure: unknown) => {
        if (!stopped) setError(failure);
      });
  }, [kind, key, hold]);
  useEffect(() => {
    load();
    return () => stop.current();
  }, [load]);

  const keep = useCallback(async () => {
    const tree = held.current?.now;
    if (!tree || tree === kept.current || gone.current) return;
    setState("saving");
    try {
      const saved = await saveDraft<Tree>(kind, key, tree, version.current);
      kept.current = tree;
      taken(saved);
      void client.invalidateQueries({ queryKey: [...DESIGN, "definitions"] });
      void client.invalidateQueries({ queryKey: [...DESIGN, "drafts"] });
    } catch (failure) {
      const stale = failure instanceof Problem && failure.status === 409;
      gone.current = stale;
      setState(stale ? "stale" : "failed");
      setError(failure);
    }
  }, [kind, key, client, taken]);

  const flush = useCallback((): Promise<void> => {
    window.clearTimeout(timer.current);
    queue.current = queue.current.then(keep);
    return queue.current;
  }, [keep]);

  useEffect(
    () => () => {
      void flush();
    },
    [flush],
  );

  const later = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void flush(), AFTER_MS);
  }, [flush]);

  const go = useCallback(
    (move: (steps: Steps<Tree>) => Steps<Tree>) => {
      if (!held.current) return;
      hold(move(held.current));
      later();
    },
    [hold, later],
  );

  return {
    steps,
    now: () => held.current?.now ?? null,
    current,
    id: head?.id ?? null,
    version: head?.version ?? null,
    savedAt: head?.at ?? null,
    problems,
    clashes,
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
    rebase: async (take) => {
      await flush();
      const saved = await rebaseDraft<Tree>(kind, key, Object.fromEntries(clashes.map((c) => [c.path, take])));
      const tree = saved.draft.tree;
      if (tree) {
        kept.current = tree;
        hold(begun(tree));
      }
      taken(saved);
    },
    reload: load,
  };
}
