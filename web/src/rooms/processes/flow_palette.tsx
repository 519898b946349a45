import type { InputRef } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { PiecePalette } from "@/kit/palette";
import { PIECES } from "./flow_kinds";
import { lookOf } from "./node_words";

/** Every kind of step. */
export function FlowPalette({ onAdd, search }: { onAdd: (kind: string) => void; search: RefObject<InputRef | null> }) {
  const { t } = useTranslation();
  const groups = PIECES.map((g) => ({
    key: g.group,
    label: t(`flow:group_${g.group}`),
    pieces: g.pieces.map((key) => ({
      key,
      label: t(`processes:kind_${key}`),
      about: t(`flow:about_${key}`),
      ...lookOf(key),
    })),
  }));
  return (
    <>
      <PiecePalette
        groups={groups}
        find={t("flow:find_kind")}
        none={(text) => t("flow:no_kind", { text })}
        list="flow-rows flow-pieces"
        search={search}
        onAdd={onAdd}
      />
      <p className="grey small flow-hint">{t("flow:palette_hint")}</p>
    </>
  );
}
