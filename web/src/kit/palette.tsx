import { useDraggable } from "@dnd-kit/core";
import { Input, type InputRef } from "antd";
import { type RefObject, useState } from "react";
import { Kbd } from "./chip";
import { Icon, type IconName } from "./icon";

export interface Piece<Key extends string> {
  key: Key;
  label: string;
  /** in a sentence; shown on hover */
  about: string;
  icon: IconName;
  colour?: string;
}
export interface PieceGroup<Key extends string> {
  key: string;
  label: string;
  pieces: readonly Piece<Key>[];
}

/** What can be put on a canvas: drag a piece there, click it, or find it by name and press Enter. */
export function PiecePalette<Key extends string>({
  groups: all,
  find,
  none,
  list = "palette-pieces",
  search,
  onAdd,
}: {
  groups: readonly PieceGroup<Key>[];
  /** what the field to search in is called */
  find: string;
  none: (text: string) => string;
  /** class of the pieces of a group */
  list?: string;
  search: RefObject<InputRef | null>;
  onAdd: (piece: Key) => void;
}) {
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const groups = all
    .map((g) => ({ ...g, pieces: g.pieces.filter((p) => `${p.label} ${p.key}`.toLowerCase().includes(needle)) }))
    .filter((g) => g.pieces.length > 0);
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
        placeholder={find}
        aria-label={find}
        onChange={(e) => setText(e.target.value)}
        onPressEnter={(e) => {
          if (e.nativeEvent.isComposing || !first) return;
          e.preventDefault();
          e.currentTarget.blur();
          setText("");
          onAdd(first.key); // what it adds takes the focus
        }}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          setText("");
          e.currentTarget.blur();
        }}
      />
      {groups.map((g) => (
        <section key={g.key} aria-label={g.label}>
          <h2 className="palette-group">{g.label}</h2>
          <div className={list}>
            {g.pieces.map((p) => (
              <PieceButton key={p.key} piece={p} onAdd={onAdd} />
            ))}
          </div>
        </section>
      ))}
      {groups.length === 0 && <p className="grey">{none(text)}</p>}
    </>
  );
}

function PieceButton<Key extends string>({ piece, onAdd }: { piece: Piece<Key>; onAdd: (piece: Key) => void }) {
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: `new:${piece.key}`, data: { piece: piece.key } });
  return (
    <button
      type="button"
      ref={setNodeRef}
      {...listeners}
      className={`palette-piece ${isDragging ? "palette-piece-off" : ""}`}
      title={piece.about}
      onClick={() => onAdd(piece.key)}
    >
      <Icon name={piece.icon} size={15} {...(piece.colour && { style: { color: piece.colour } })} />
      <span className="cut">{piece.label}</span>
    </button>
  );
}
