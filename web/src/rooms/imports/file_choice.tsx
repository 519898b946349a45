import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { format, Icon, type IconName, Notice, useProblemText } from "@/kit";

/** What a sheet of rows may be. */
export const SHEETS = ".xlsx,.xls,.csv,.txt";

/** A place that takes a dropped file: whether one is held over it, and what it listens to. */
export function useDrop(onFile: (file: File) => void) {
  const [over, setOver] = useState(false);
  const on = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer.files[0];
      if (file) onFile(file);
    },
  };
  return { over, on };
}

/** One file to be read: the place to press or, with `drop`, to let it fall on; below it why it was not taken. */
export function FileChoice({
  icon,
  accept,
  name,
  text = name,
  hint,
  reading,
  disabled = false,
  drop,
  error,
  onFile,
}: {
  icon: IconName;
  accept: string;
  /** what is asked for */
  name: string;
  /** what the place says instead of that while nothing is read */
  text?: string;
  hint: string;
  /** the file that is being read now */
  reading: string | null;
  disabled?: boolean;
  drop?: ReturnType<typeof useDrop>;
  error: unknown;
  onFile: (file: File) => void;
}) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={drop?.over ? "drop over" : "drop"}
        disabled={disabled || reading !== null}
        onClick={() => input.current?.click()}
        {...drop?.on}
      >
        <Icon name={icon} size={32} />
        <b>{reading === null ? text : t("imports:reading", { name: format.middle(reading) })}</b>
        <span className="grey">{hint}</span>
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        className="sr"
        aria-label={name}
        tabIndex={-1}
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file) onFile(file);
          e.target.value = "";
        }}
      />
      {error !== null && (
        <Notice tone="urgent" icon="bang">
          {problemText(error)}
        </Notice>
      )}
    </>
  );
}
