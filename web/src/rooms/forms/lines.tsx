import { Switch } from "antd";
import type { ReactNode } from "react";
import { FieldError } from "@/kit";
import type { DesignProblem } from "@/rooms/design";

/** One attribute of an inspector: its label, its control, what is wrong with it. */
export function Line({
  id,
  label,
  problem,
  children,
}: {
  id: string;
  label: ReactNode;
  problem?: DesignProblem | null;
  children: ReactNode;
}) {
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      {children}
      {problem && <FieldError>{problem.text}</FieldError>}
    </div>
  );
}

export function Toggle({
  label,
  note,
  value,
  onChange,
}: {
  label: string;
  note?: string;
  value: boolean;
  onChange: (value: boolean) => void;
}) {
  return (
    <div className="row">
      <span className="spread">
        {label}
        {note && <span className="grey small inspector-note">{note}</span>}
      </span>
      <Switch size="small" checked={value} aria-label={label} onChange={onChange} />
    </div>
  );
}
