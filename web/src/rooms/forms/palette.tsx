import type { InputRef } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { PiecePalette } from "@/kit/palette";
import { ICONS, PALETTE, type Piece } from "./kinds";

/** Every kind of field. */
export function Palette({ onAdd, search }: { onAdd: (piece: Piece) => void; search: RefObject<InputRef | null> }) {
  const { t } = useTranslation();
  const groups = PALETTE.map((g) => ({
    key: g.group,
    label: t(`forms:group_${g.group}`),
    pieces: g.pieces.map((key) => {
      const label = t(`forms:kind_${key}`);
      return { key, label, about: label, icon: ICONS[key] };
    }),
  }));
  return (
    <PiecePalette
      groups={groups}
      find={t("forms:find_kind")}
      none={(text) => t("forms:no_kind", { text })}
      search={search}
      onAdd={onAdd}
    />
  );
}
