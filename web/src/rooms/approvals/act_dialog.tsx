import { useQuery } from "@tanstack/react-query";
import { Button, Input, Modal, Radio, type RefSelectProps, Select } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldError, Sheet, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { peopleQuery, useMe } from "@/rooms/people";
import type { Approval, How, Where } from "./api";
import { opinionNeeded } from "./model";

/** What asks for more than a click. */
export type Asked = "approve" | "give" | "reject" | "return" | "transfer" | "delegate" | "add";
/** What was chosen beside the opinion. */
export interface Chosen {
  people: number[];
  where: Where;
  to: string;
  how: How;
}
const WHERES: readonly Where[] = ["before", "after", "beside"];
const HOWS: readonly How[] = ["straight", "redo"];

/** One act with its opinion: a dialog on the desktop, a sheet from below on a phone. */
export function ActDialog({
  act,
  page,
  opinion,
  faults,
  busy,
  onOpinion,
  onAct,
  onClose,
}: {
  act: Asked;
  page: Approval;
  opinion: string;
  faults: Record<string, string>;
  busy: boolean;
  onOpinion: (text: string) => void;
  onAct: (chosen: Chosen) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const me = useMe();
  const people = useQuery(peopleQuery).data ?? [];
  const [chosen, setChosen] = useState<Chosen>({
    people: [],
    where: "before",
    to: page.back[0]?.key ?? "",
    how: "straight",
  });
  const field = useRef<TextAreaRef>(null);
  const whom = useRef<RefSelectProps>(null);
  const change = (part: Partial<Chosen>) => setChosen((now) => ({ ...now, ...part }));
  const needsPeople = act === "transfer" || act === "delegate" || act === "add";
  const must = opinionNeeded(page, act === "add" && chosen.where === "after" ? "approve" : act);
  const lacks = (must && opinion.trim() === "") || (needsPeople && chosen.people.length === 0);
  const target = page.back.find((one) => one.key === chosen.to);
  const step = target ? label({ label: target.label, label_en: target.label_en }) : "";
  const title = t(`approvals:ask_${act}`);
  const options = people
    .filter((one) => one.active && one.id !== me.id)
    .map((one) => ({ value: one.id, label: one.department ? `${one.name} · ${one.department}` : one.name }));

  const body = (
    <div className="approval-dialog">
      {act === "return" && (
        <>
          <div className="labelled">
            <label htmlFor="approval-to">{t("approvals:return_to")}</label>
            <Select
              id="approval-to"
              value={chosen.to}
              options={page.back.map((one) => ({
                value: one.key,
                label: label({ label: one.label, label_en: one.label_en }),
              }))}
              onChange={(to) => change({ to })}
            />
            {faults.to && <FieldError>{faults.to}</FieldError>}
          </div>
          <Radio.Group
            aria-label={t("approvals:how")}
            value={chosen.how}
            onChange={(e) => change({ how: e.target.value as How })}
          >
            {HOWS.map((how) => (
              <Radio key={how} value={how}>
                <b>{t(`approvals:how_${how}`)}</b>
                <span className="grey-2 approval-said">{t(`approvals:how_${how}_fact`, { step })}</span>
              </Radio>
            ))}
          </Radio.Group>
        </>
      )}
      {needsPeople && (
        <div className="labelled">
          <label htmlFor="approval-people">{t(`approvals:whom_${act}`)}</label>
          {act === "add" ? (
            <Select
              id="approval-people"
              ref={whom}
              mode="multiple"
              value={chosen.people}
              options={options}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(ids: number[]) => change({ people: ids })}
            />
          ) : (
            <Select
              id="approval-people"
              ref={whom}
              value={chosen.people[0] ?? null}
              options={options}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(id: number) => change({ people: [id] })}
            />
          )}
          {(faults.people ?? faults.person) && <FieldError>{faults.people ?? faults.person}</FieldError>}
        </div>
      )}
      {act === "add" && (
        <Radio.Group
          aria-label={t("approvals:where")}
          value={chosen.where}
          onChange={(e) => change({ where: e.target.value as Where })}
        >
          {WHERES.map((where) => (
            <Radio key={where} value={where}>
              <b>{t(`approvals:where_${where}`)}</b>
              <span className="grey-2 approval-said">{t(`approvals:where_${where}_fact`)}</span>
            </Radio>
          ))}
        </Radio.Group>
      )}
      {act === "reject" && <p className="grey-2">{t("approvals:reject_fact")}</p>}
      <div className="labelled">
        <label htmlFor="approval-said">
          {t("approvals:opinion")}
          {must && <span className="bad"> *</span>}
        </label>
        <Input.TextArea
          id="approval-said"
          autoSize={{ minRows: 3, maxRows: 8 }}
          maxLength={4000}
          ref={field}
          status={faults.opinion ? "error" : ""}
          value={opinion}
          onChange={(e) => onOpinion(e.target.value)}
        />
        {faults.opinion && <FieldError>{faults.opinion}</FieldError>}
      </div>
      {faults[""] && <FieldError>{faults[""]}</FieldError>}
    </div>
  );
  const why = !lacks ? "" : needsPeople && chosen.people.length === 0 ? "approvals:lacks_people" : "approvals:lacks";
  const button: ReactNode = (
    <Button
      type="primary"
      danger={act === "reject"}
      block={phone}
      size={phone ? "large" : "middle"}
      loading={busy}
      disabled={lacks}
      title={why && t(why)}
      onClick={() => onAct(chosen)}
    >
      {t(`approvals:act_${act}`)}
    </Button>
  );
  if (phone)
    return (
      <Sheet open title={title} onClose={onClose} footer={button}>
        {body}
      </Sheet>
    );
  return (
    <Modal
      open
      width={480}
      title={title}
      onCancel={onClose}
      afterOpenChange={(open) => open && (needsPeople ? whom : field).current?.focus()}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          {button}
        </>
      }
    >
      {body}
    </Modal>
  );
}
