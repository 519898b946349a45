import { useDraggable } from "@dnd-kit/core";
import { Input, type InputRef } from "antd";
import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, Kbd } from "@/kit";
import { PIECES } from "./flow_kinds";
import { lookOf } from "./node_words";

/** Every kind of step: drag it onto a way or the canvas, click it, or find it by name and press Enter. */
export function FlowPalette({ onAdd, search }: { onAdd: (kind: string) => void; search: RefObject<InputRef | null> }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const groups = PIECES.map((g) => ({
    ...g,
    pieces: g.pieces.filter(
      (p) => !needle || t(`processes:kind_${p}`).toLowerCase().includes(needle) || p.includes(needle),
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
        placeholder={t("flow:find_kind")}
        aria-label={t("flow:find_kind")}
        onChange={(e) => setText(e.target.value)}
        onPressEnter={(e) => {
          if (e.nativeEvent.isComposing || !first) return;
          e.preventDefault();
          e.currentTarget.blur();
          setText("");
          onAdd(first);
        }}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          setText("");
          e.currentTarget.blur();
        }}
      />
      {groups.map((g) => (
        <section key={g.group} aria-label={t(`flow:group_${g.group}`)}>
          <h2 className="palette-group">{t(`flow:group_${g.group}`)}</h2>
          <div className="flow-rows flow-pieces">
            {g.pieces.map((p) => (
              <PieceButton key={p} piece={p} onAdd={onAdd} />
            ))}
          </div>
        </section>
      ))}
      {groups.length === 0 && <p className="grey">{t("flow:no_kind", { text })}</p>}
      <p className="grey small flow-hint">{t("flow:palette_hint")}</p>
    </>
  );
}

function PieceButton({ piece, onAdd }: { piece: string; onAdd: (kind: string) => void }) {
  const { t } = useTranslation();
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: `new:${piece}`, data: { piece } });
  const look = lookOf(piece);
  return (
    <button
      type="button"
      ref={setNodeRef}
      {...listeners}
      className={`palette-piece ${isDragging ? "palette-piece-off" : ""}`}
      title={t(`flow:about_${piece}`)}
      onClick={() => onAdd(piece)}
    >
      <Icon name={look.icon} size={15} style={{ color: look.colour }} />
      <span className="cut">{t(`processes:kind_${piece}`)}</span>
    </button>
  );
}
