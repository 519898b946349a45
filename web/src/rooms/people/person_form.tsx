import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, DatePicker, Input, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Problem } from "@/api";
import { FieldError, Lines, Notice, toast, useAsk, useProblemText } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { PersonAccounts } from "./accounts";
import { departmentsQuery, useMe } from "./api";
import { HeldList } from "./held_list";
import {
  type Colleague,
  changeColleague,
  colleaguesQuery,
  createColleague,
  disableColleague,
  enableColleague,
  holdingsQuery,
  type PersonInput,
  rolesQuery,
} from "./people_api";

/** One colleague: who they are, where, whose deputy, which roles. */
export function PersonForm({ person, onClose }: { person: Colleague | null; onClose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const text = useProblemText();
  const client = useQueryClient();
  const departments = useQuery(departmentsQuery).data ?? [];
  const people = useQuery(colleaguesQuery).data ?? [];
  const roles = useQuery(rolesQuery).data ?? [];
  const [values, setValues] = useState<PersonInput>(person ? {} : { roles: [] });
  const now = { ...person, ...values };
  const set = (change: PersonInput) => setValues((known) => ({ ...known, ...change }));
  const save = useMutation({
    mutationFn: () => (person ? changeColleague(person.id, values) : createColleague(values)),
    onSuccess: async () => {
      toast({ text: t("saved") });
      onClose();
      await client.invalidateQueries();
    },
  });
  const wrong = save.error instanceof Problem ? save.error : null;
  const at = (path: string) => (wrong?.path === path ? <FieldError>{wrong.text}</FieldError> : null);
  const others = people.filter((one) => one.active && one.id !== person?.id);
  const input = (key: "name" | "account" | "mail" | "phone", type = "text") => (
    <div className="labelled">
      <label htmlFor={`person-${key}`}>{t(`people:${key}`)}</label>
      <Input id={`person-${key}`} type={type} value={now[key] ?? ""} onChange={(e) => set({ [key]: e.target.value })} />
      {at(key)}
    </div>
  );
  const pick = (key: "superior_id" | "deputy_id") => (
    <div className="labelled">
      <label htmlFor={`person-${key}`}>{t(`people:${key}`)}</label>
      <Select
        id={`person-${key}`}
        allowClear
        value={now[key] ?? null}
        options={others.map((one) => ({ value: one.id, label: one.name }))}
        showSearch={{ optionFilterProp: "label" }}
        onChange={(value) => set({ [key]: value ?? null })}
      />
    </div>
  );
  const day = (key: "away_from" | "away_until") => (
    <DatePicker
      aria-label={t(`people:${key}`)}
      placeholder={t(`people:${key}`)}
      value={now[key] ? dayjs(now[key]) : null}
      onChange={(value) => set({ [key]: value ? value.format("YYYY-MM-DD") : null })}
    />
  );
  return (
    <div className="person-form person-side">
      {input("name")}
      {input("account")}
      <div className="labelled">
        <label htmlFor="person-department">{t("people:department")}</label>
        <Select
          id="person-department"
          allowClear
          value={now.department_id ?? null}
          options={departments.map((d) => ({ value: d.id, label: d.name }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={(value) => set({ department_id: value ?? null })}
        />
      </div>
      <div className="labelled">
        <label htmlFor="person-roles">{t("people:roles")}</label>
        <Select
          id="person-roles"
          mode="multiple"
          value={now.roles ?? []}
          options={roles.map((r) => ({ value: r.key, label: label(r) }))}
          showSearch={{ optionFilterProp: "label" }}
          onChange={(value: string[]) => set({ roles: value })}
        />
        <span className="grey small">{t("people:roles_fact")}</span>
        {at("roles")}
      </div>
      {input("mail", "email")}
      {input("phone", "tel")}
      {pick("superior_id")}
      {pick("deputy_id")}
      <div className="labelled">
        <span className="grey-2">{t("people:away")}</span>
        <span className="row">
          {day("away_from")}
          {day("away_until")}
        </span>
      </div>
      <div className="labelled">
        <label htmlFor="person-password">{person ? t("people:new_password") : t("people:password")}</label>
        <Input.Password
          id="person-password"
          autoComplete="new-password"
          value={values.password ?? ""}
          onChange={(e) => {
            const { password: _, ...rest } = values;
            setValues(e.target.value ? { ...rest, password: e.target.value } : rest);
          }}
        />
        {person && <span className="grey small">{t("people:new_password_fact")}</span>}
        {at("password")}
      </div>
      {wrong && !["name", "account", "mail", "phone", "roles", "password"].includes(wrong.path ?? "") && (
        <FieldError>{wrong.text || text(wrong)}</FieldError>
      )}
      {save.error && !wrong && <FieldError>{text(save.error)}</FieldError>}
      <div className="row">
        <Button
          type="primary"
          loading={save.isPending}
          disabled={person !== null && Object.keys(values).length === 0}
          onClick={() => save.mutate()}
        >
          {t("save")}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
      {person?.active && <PersonAccounts person={person} />}
      {person?.active && <Leaving person={person} onClose={onClose} />}
    </div>
  );
}

/** A colleague leaves: nothing may stay with them. */
function Leaving({ person, onClose }: { person: Colleague; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const ask = useAsk();
  const text = useProblemText();
  const client = useQueryClient();
  const held = useQuery(holdingsQuery(person.id));
  const off = useMutation({
    mutationFn: () => disableColleague(person.id),
    onSuccess: async () => {
      toast({
        text: t("people:disabled", { name: person.name }),
        undo: async () => {
          await enableColleague(person.id);
          await client.invalidateQueries();
        },
      });
      onClose();
      await client.invalidateQueries();
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  if (person.id === me.id) return null;
  const leave = async () => {
    const yes = await ask({
      title: t("people:disable_title", { name: person.name }),
      effect: t("people:disable_effect"),
      verb: t("people:disable"),
    });
    if (yes) off.mutate();
  };
  return (
    <section className="person-leaving">
      <h3>{t("people:leaving")}</h3>
      {!held.data ? (
        <Lines rows={2} />
      ) : held.data.held.length > 0 ? (
        <>
          <Notice tone="warn" icon="warning">
            {t("people:held_first", { name: person.name })}
          </Notice>
          <HeldList held={held.data.held} steps={held.data.steps} />
          <Link className="ant-btn" to={`/handover?person=${person.id}`}>
            {t("people:go_hand_over")}
          </Link>
        </>
      ) : (
        <>
          <p className="grey-2">{t("people:nothing_held", { name: person.name })}</p>
          <Button className="tinted-bad" loading={off.isPending} onClick={() => void leave()}>
            {t("people:disable")}
          </Button>
        </>
      )}
    </section>
  );
}
