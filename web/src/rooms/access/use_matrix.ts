import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { discardDraft, type MatrixRole, matrixQuery, type Problem, problemsOf, saveDraft } from "./api";
import { sameTree, type Tree } from "./model";

const WAIT_MS = 400;

/**
 * The matrix with what is being drawn on top. An edit shows at once and is saved as a draft a moment later, one save of a
 * role after the other; a draft that equals what is in force is discarded.
 */
export function useMatrix() {
  const client = useQueryClient();
  const matrix = useQuery(matrixQuery);
  const [edits, setEdits] = useState<Record<string, Tree>>({});
  const [fault, setFault] = useState<unknown>(null);
  const waiting = useRef<Record<string, ReturnType<typeof setTimeout>>>({});
  const latest = useRef<Record<string, Tree>>({});
  const running = useRef<Promise<void>>(Promise.resolve());

  const treeOf = (role: MatrixRole): Tree | null => edits[role.key] ?? role.draft ?? role.current;

  const write = useCallback(
    async (key: string) => {
      const tree = latest.current[key];
      if (!tree) return;
      const known = client.getQueryData(matrixQuery.queryKey)?.roles.find((r) => r.key === key);
      try {
        if (known?.current && sameTree(known.current, tree)) {
          if (known.draft_id !== null) await discardDraft(key);
        } else await saveDraft(key, tree, known?.draft_version ?? null);
        setFault(null);
      } catch (error) {
        setFault(error);
      }
      await client.invalidateQueries({ queryKey: matrixQuery.queryKey });
      void client.invalidateQueries({ queryKey: ["access", "problems", key] });
      if (latest.current[key] === tree) {
        delete latest.current[key];
        setEdits(({ [key]: _, ...rest }) => rest);
      }
    },
    [client],
  );

  const settle = useCallback(() => {
    for (const [key, timer] of Object.entries(waiting.current)) {
      clearTimeout(timer);
      delete waiting.current[key];
      running.current = running.current.then(() => write(key));
    }
    return running.current;
  }, [write]);

  const edit = useCallback(
    (key: string, tree: Tree) => {
      latest.current[key] = tree;
      setEdits((now) => ({ ...now, [key]: tree }));
      clearTimeout(waiting.current[key]);
      waiting.current[key] = setTimeout(() => {
        delete waiting.current[key];
        running.current = running.current.then(() => write(key));
      }, WAIT_MS);
    },
    [write],
  );

  return { matrix, edits, treeOf, edit, settle, fault };
}

/** What is wrong with the draft of a role, errors first. */
export function useProblems(role: MatrixRole | undefined): Problem[] {
  const known = useQuery({
    queryKey: ["access", "problems", role?.key, role?.draft_version],
    queryFn: ({ signal }) => problemsOf(role?.key ?? "", signal),
    enabled: role !== undefined && role.draft_id !== null,
  });
  return role?.draft_id ? (known.data ?? []) : [];
}
