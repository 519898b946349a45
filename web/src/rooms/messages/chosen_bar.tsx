import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api";
import { Icon, Kbd, toast, useAsk, useProblemText } from "@/kit";
import { cancelMany, letGo, type Message } from "./api";
import { cancellable, lettable } from "./model";
import "@/rooms/records/list.css";

/** Several messages: let go, or cancelled, as far as each may be. */
export function ChosenBar({ rows, onClear }: { rows: readonly Message[]; onClear: () => void }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [go, stop] = [lettable(rows), cancellable(rows)];
  const act = useMutation({
    mutationFn: ({ what, ids }: { what: "alone" | "cancel"; ids: number[] }) =>
      what === "alone" ? letGo(ids) : cancelMany(ids),
    onSuccess: async ({ done }, { what }) => {
      onClear();
      toast({ text: t(`messages:many_${what}`, { count: done }) });
      await client.invalidateQueries({ queryKey: keys.allMessages });
      await client.invalidateQueries({ queryKey: keys.channels });
    },
    onError: (error) => toast({ text: problemText(error), tone: "bad" }),
  });
  async function begin(what: "alone" | "cancel", ids: number[]) {
    const skipped = rows.length - ids.length;
    const yes = await ask({
      title: t(`messages:ask_many_${what}`, { count: ids.length }),
      effect: skipped
        ? t("messages:many_skipped", { count: skipped })
        : t(what === "alone" ? "messages:effect_alone" : "messages:effect_cancel"),
      verb: t(`messages:verb_many_${what}`, { count: ids.length }),
    });
    if (yes) act.mutate({ what, ids });
  }
  return (
    <div className="bulk" role="toolbar" aria-label={t("messages:chosen", { count: rows.length })}>
      <b>{t("messages:chosen", { count: rows.length })}</b>
      <span className="bulk-line" />
      {go.length > 0 && (
        <button type="button" className="bare row" onClick={() => void begin("alone", go)}>
          <Icon name="send" size={15} />
          {t("messages:verb_many_alone", { count: go.length })}
        </button>
      )}
      {stop.length > 0 && (
        <button type="button" className="bare row" onClick={() => void begin("cancel", stop)}>
          <Icon name="forbid" size={15} />
          {t("messages:verb_many_cancel", { count: stop.length })}
        </button>
      )}
      <button type="button" className="bare row" onClick={onClear}>
        <Kbd>Esc</Kbd> {t("messages:choose_none")}
      </button>
    </div>
  );
}
