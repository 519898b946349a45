import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type TabItem, useClock } from "@/kit";
import { type Form, useForms } from "@/rooms/forms";
import { differs, plainState, type SavedView, stateOf, viewsQuery } from "./saved_views";
import type { ListState } from "./state";
import { views } from "./views";

const CHOSEN = ["f", "q", "s", "k", "g", "v", "h", "d", "open", "new"];
const STATE = [...CHOSEN, "c", "w", "z"];

/** The tabs of a list: the views that every form has, then the saved ones; a bare address opens with one's default. */
export function useViews(
  form: Form,
  account: string,
  state: ListState,
  usual: readonly string[],
  params: URLSearchParams,
  change: (part: Partial<ListState>) => void,
) {
  const { t } = useTranslation();
  const forms = useForms();
  const { today } = useClock();
  const saved = useQuery(viewsQuery(form.key)).data;
  const bare = useRef(!STATE.some((name) => params.has(name)));
  const standard = saved?.find((v) => v.default);
  useEffect(() => {
    if (!saved) return;
    // who has filtered or opened something while the views were on their way stays there
    if (bare.current && standard && !CHOSEN.some((name) => params.has(name)))
      change(stateOf(standard, form, usual, forms));
    bare.current = false;
  }, [saved, standard, change, form, usual, forms, params]);

  const active = saved?.find((v) => v.id === state.view);
  const own: TabItem[] = views(form, account, today).map((v) => ({
    key: `f:${v.filter}`,
    label: t(`records:view_${v.key}`),
  }));
  const kept: TabItem[] = (saved ?? []).map((v) => ({ key: `v:${v.id}`, label: v.label }));
  const list: SavedView[] = saved ?? [];

  function choose(key: string) {
    const view = list.find((v) => `v:${v.id}` === key);
    if (view) change(stateOf(view, form, usual, forms));
    else if (state.view === null) change({ filter: key.slice(2) });
    else change({ ...plainState(form, usual), filter: key.slice(2) }); // what the saved view brought along goes with it
  }
  return {
    tabs: [...own, ...kept],
    active: active ? `v:${active.id}` : `f:${state.filter}`,
    view: active,
    changed: active !== undefined && differs(state, active, form, usual, forms),
    hasDefault: standard !== undefined,
    choose,
  };
}
