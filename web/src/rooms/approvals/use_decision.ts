import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { toast, useProblemText } from "@/kit";
import type { Form } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import type { Value } from "@/rooms/records";
import { dropDraft, keepDraft, keptDraft, toSend, type Values } from "@/rooms/records/record_model";
import { filesOf, signatureOf } from "@/rooms/records/special_model";
import type { Chosen } from "./act_dialog";
import {
  type Act,
  type Approval,
  addSigners,
  decide,
  delegateVote,
  returnVote,
  transferVote,
  urgeVote,
  withdrawApproval,
} from "./api";
import { faultsOf, isOver } from "./model";

const OPINION = "$opinion";
export const FILES = "$files";
export const SIGNATURE = "$signature";

/** What is typed for one vote, kept until it is sent, and the sending. `onDone`: it waits for me no more. */
export function useDecision(page: Approval, form: Form | undefined, onDone: () => void) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const problemText = useProblemText();
  const of = { account: me.account, form: "approvals", id: page.vote };
  const [kept] = useState(() => keptDraft(of));
  const [typed, setTyped] = useState<Values>(kept?.edits ?? {});
  const [version, setVersion] = useState<number | null>(kept?.version ?? null);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.approvals }),
      client.invalidateQueries({ queryKey: keys.allTasks }),
      client.invalidateQueries({ queryKey: keys.form(page.form) }),
    ]);

  const opinion = typeof typed[OPINION] === "string" ? typed[OPINION] : "";
  function put(key: string, value: Value) {
    const { [key]: _, ...others } = typed;
    const next = value === "" && key === OPINION ? others : { ...typed, [key]: value };
    const from = version ?? page.version;
    setTyped(next);
    setVersion(from);
    setFaults(({ [key === OPINION ? "opinion" : key]: _gone, ...rest }) => rest);
    keepDraft(of, from, next);
  }

  function send(act: Act, chosen: Chosen | null): Promise<void> {
    const vote = page.vote;
    switch (act) {
      case "add":
        return addSigners(vote, chosen?.people ?? [], chosen?.where ?? "before", opinion);
      case "transfer":
        return transferVote(vote, chosen?.people[0] ?? 0, opinion);
      case "delegate":
        return delegateVote(vote, chosen?.people[0] ?? 0, opinion);
      case "return":
        return returnVote(vote, chosen?.to ?? "", chosen?.how ?? "straight", opinion);
      case "urge":
        return urgeVote(vote);
      case "withdraw":
        return withdrawApproval(vote);
      default: {
        const { [OPINION]: _, [FILES]: files, [SIGNATURE]: signature, ...values } = typed;
        const writes = new Set(page.fields.filter((one) => one.right !== "read").map((one) => one.field));
        const own = Object.fromEntries(Object.entries(values).filter(([key]) => writes.has(key)));
        return decide(vote, {
          outcome: act === "reject" ? "rejected" : "approved",
          opinion,
          files: filesOf(files).map((one) => one.file),
          signature: signatureOf(signature)?.file ?? null,
          values: form ? toSend(form, own) : {},
          version: Object.keys(own).length > 0 ? (version ?? page.version) : null,
        });
      }
    }
  }

  const run = useMutation({
    mutationFn: ({ act, chosen }: { act: Act; chosen: Chosen | null }) => send(act, chosen),
    onMutate: () => setFaults({}),
    onSuccess: async (_, { act, chosen }) => {
      toast({ text: t(`approvals:did_${act}`, { title: page.title }) });
      const stays = act === "urge" || act === "withdraw" || (act === "add" && chosen?.where === "beside");
      if (!stays) dropDraft(of);
      if (!stays || act === "withdraw") onDone();
      await again();
    },
    onError: async (error) => {
      setFaults(faultsOf(error, problemText(error)));
      if (!isOver(error)) return;
      setVersion(null); // what is sent next is about what stands there now
      await again();
    },
  });
  return {
    typed,
    opinion,
    put,
    setOpinion: (text: string) => put(OPINION, text),
    faults,
    clear: () => setFaults({}),
    act: (act: Act, chosen: Chosen | null = null) => run.mutate({ act, chosen }),
    busy: run.isPending ? run.variables.act : null,
  };
}
