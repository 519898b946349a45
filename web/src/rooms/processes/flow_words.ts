/** What stands on a node and on a way of a drawn process, in the reader's language. */
import { useTranslation } from "react-i18next";
import { useLabel } from "@/rooms/forms";
import type { Node, Start } from "./api";
import { isStart, nodeOf, type ProcessTree, startOf, waysOf } from "./flow_tree";
import { kindOf, useNodeWords } from "./node_words";

export function useFlowWords(tree: ProcessTree) {
  const { t } = useTranslation();
  const label = useLabel();
  const words = useNodeWords(tree.form);

  /** What a slot is called: as its author did, else by what it is. */
  function slot({ slot, label: called }: { slot: string; label: string }): string {
    if (called) return called;
    const [name = "", n] = slot.split(".");
    if (name === "cases" || name === "outcomes" || name === "branches" || name === "ways")
      return t(`flow:slot_${name}`, { n: Number(n) + 1 });
    return t(`flow:slot_${name}`, { defaultValue: name });
  }

  function of(key: string): { title: string; fact: string; kind: string } {
    if (isStart(key)) {
      const start = startOf(tree, key);
      return {
        kind: "start",
        title: (start && label(start)) || t("processes:kind_start"),
        fact: start ? words.start(start as Start) : "",
      };
    }
    const node = nodeOf(tree, key);
    if (!node) return { kind: "end", title: key, fact: "" };
    const targets = waysOf(node).map((w) => w.to);
    return {
      kind: kindOf(node),
      title: label(node) || t(`processes:kind_${kindOf(node)}`, { defaultValue: node.kind }),
      fact: words.node({ ...node, spec: node, targets } as unknown as Node),
    };
  }
  const ways = (link: { words: { label: string; slot: string }[] }) => link.words.map(slot).join(" / ");
  return { of, slot, ways, field: words.field, labelled: words.labelled, who: words.who };
}
