import { useDraggable } from "@dnd-kit/core";
import type { InputRef } from "antd";
import { Input } from "antd";
import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Kbd } from "@/kit";
import { ICONS, PALETTE, type Piece } from "./kinds";

/** Every kind of field: drag it, click it, or find it by name and press Enter. */
export function Palette({ onAdd, search }: { onAdd: (piece: Piece) => void; search: RefObject<InputRef | null> }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const groups = PALETTE.map((g) => ({
    ...g,
    pieces: g.pieces.filter(
      (p) => !needle || t(`forms:kind_${p}`).toLowerCase().includes(needle) || p.includes(needle),
    ),
  })).filter((g) => g.pieces.length > 0);
  const first = groups[0]?.pieces[0];
  return (
    <>
      <Input
        ref={search}
        value={text}
        size="small"
        allowClear
        prefix={<Icon name="search" size={14} />}
        suffix={text ? undefined : <Kbd>/</Kbd>}
        placeholder={t("forms:find_kind")}
        aria-label={t("forms:find_kind")}
        onChange={(e) => setText(e.target.value)}
        onPressEnter={(e) => {
          if (e.nativeEvent.isComposing || !first) return;
          e.currentTarget.blur();
          onAdd(first); // what it adds takes the focus
          setText("");
        }}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          setText("");
          e.currentTarget.blur();
        }}
      />
      {groups.map((g) => (
        <section key={g.group} aria-label={t(`forms:group_${g.group}`)}>
          <h2 className="palette-group">{t(`forms:group_${g.group}`)}</h2>
          <div className="palette-pieces">
            {g.pieces.map((p) => (
              <PieceButton key={p} piece={p} onAdd={onAdd} />
            ))}
          </div>
        </section>
      ))}
      {groups.length === 0 && <p className="grey">{t("forms:no_kind", { text })}</p>}
    </>
  );
}

function PieceButton({ piece, onAdd }: { piece: Piece; onAdd: (piece: Piece) => void }) {
  const { t } = useTranslation();
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: `new:${piece}`, data: { piece } });
  return (
    <button
      type="button"
      ref={setNodeRef}
      {...listeners}
      className={`palette-piece ${isDragging ? "palette-piece-off" : ""}`}
      title={t(`forms:kind_${piece}`)}
      onClick={() => onAdd(piece)}
    >
      <Icon name={ICONS[piece]} size={15} />
      <span className="cut">{t(`forms:kind_${piece}`)}</span>
    </button>
  );
}
