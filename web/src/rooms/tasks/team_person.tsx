import { Button, InputNumber, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Face } from "@/kit";
import { type Load, setCapacity, type Task } from "./api";
import { bar, overOf, weekOf } from "./inbox_model";
import { useActs } from "./use_acts";
import "./team.css";

/** One colleague's load against what they can do, and where tasks are dropped. */
export function Person({
  load,
  active,
  dragged,
  gains,
  reads,
  onDrop,
  onChoose,
}: {
  load: Load;
  active: boolean;
  dragged: readonly Task[];
  gains: number;
  /** how many of what is dragged they may read; null: not known yet */
  reads: number | null;
  onDrop: () => void;
  onChoose: () => void;
}) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const dragging = dragged.length > 0;
  const shut = dragging && reads === 0;
  const shown = bar(load, dragging && over ? gains : 0);
  const beyond = overOf(load);
  return (
    <li
      className={`team-person ${active ? "active" : ""} ${over && dragging && !shut ? "over" : ""} ${shut ? "shut" : ""}`}
      onDragOver={(e) => {
        if (!dragging || shut) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        onDrop();
      }}
    >
      <Face name={load.name} size={26} />
      <button type="button" className="bare team-name" aria-pressed={active} onClick={onChoose}>
        <b>{load.name}</b>
        <span className="grey-2 small">
          {[load.department, load.away ? t("tasks:away") : null].filter(Boolean).join(" · ")}
        </span>
      </button>
      <span className="team-sum">
        <span>
          <b>{weekOf(load)}</b> / <Capacity load={load} />
        </span>
        <span className={`small ${beyond > 0 ? "bad" : "grey-2"}`}>
          {shut
            ? t("tasks:reads_none")
            : over && dragging
              ? t("tasks:after_drop", { count: weekOf(load) + gains, capacity: load.capacity })
              : beyond > 0
                ? t("tasks:over_by", { count: beyond })
                : t("tasks:room_for", { count: -beyond })}
        </span>
      </span>
      <span className="load-bar" aria-hidden="true">
        <i className="load-overdue" style={{ width: `${shown.overdue}%` }} />
        <i className="load-today" style={{ width: `${shown.today}%` }} />
        <i className="load-week" style={{ width: `${shown.week}%` }} />
        <i className="load-more" style={{ width: `${shown.more}%` }} />
        <i className="load-mark" style={{ left: `${shown.mark}%` }} />
      </span>
      <span className="team-parts small">
        <span className={load.overdue ? "bad" : "grey-2"}>{t("tasks:late_n", { count: load.overdue })}</span>
        <span className="grey-2">{t("tasks:today_n", { count: load.today })}</span>
        <span className="grey-2">{t("tasks:week_n", { count: load.week })}</span>
        <span className="grey-2">{t("tasks:open_n", { count: load.open })}</span>
      </span>
    </li>
  );
}

/** How much somebody can do in a week, changed in place. */
function Capacity({ load }: { load: Load }) {
  const { t } = useTranslation();
  const { again } = useActs();
  const [open, setOpen] = useState(false);
  const [value, setValue] = useState<number | null>(load.capacity);
  async function save() {
    await setCapacity(load.id, value);
    setOpen(false);
    await again();
  }
  return (
    <Popover
      trigger="click"
      open={open}
      onOpenChange={(on) => {
        setOpen(on);
        setValue(load.capacity);
      }}
      content={
        <span className="row">
          <InputNumber
            autoFocus
            aria-label={t("tasks:capacity_of", { name: load.name })}
            min={0}
            max={999}
            precision={0}
            value={value}
            onChange={setValue}
            onPressEnter={() => void save()}
          />
          <Button type="primary" size="small" onClick={() => void save()}>
            {t("save")}
          </Button>
        </span>
      }
    >
      <button type="button" className="bare" title={t("tasks:capacity_of", { name: load.name })}>
        {t("tasks:n_tasks", { count: load.capacity })}
      </button>
    </Popover>
  );
}
