import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import {
  Chip,
  Empty,
  Fetched,
  FieldError,
  Head,
  Icon,
  Page,
  Side,
  SmallTable,
  toast,
  usePhone,
  useProblemText,
} from "@/kit";
import { useLabel } from "@/rooms/forms";
import { AccessTabs } from "./access_tabs";
import { type Department, departmentsQuery } from "./api";
import { type Colleague, colleaguesQuery, enableColleague, rolesQuery, saveDepartment } from "./people_api";
import { PersonForm } from "./person_form";
import { below, branches, freeKey } from "./tree";
import "./organisation.css";

/** Departments as a tree, colleagues as a list: add, change, disable by way of a handover. */
export function PeoplePage() {
  const { t } = useTranslation();
  const phone = usePhone();
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState("");
  const [unit, setUnit] = useState<number | null>(null);
  const [department, setDepartment] = useState<Department | "new" | null>(null);
  const found = useQuery(colleaguesQuery);
  const departments = useQuery(departmentsQuery).data ?? [];
  const at = params.get("person");
  const open = at === "new" ? "new" : found.data?.find((one) => String(one.id) === at);
  const show = (who: string | null) => setParams(who ? { person: who } : {}, { replace: true });
  const inside = unit === null ? null : below(departments, unit);
  const shown = (found.data ?? []).filter(
    (one) =>
      (!inside || (one.department_id !== null && inside.has(one.department_id))) &&
      `${one.name} ${one.account} ${one.mail ?? ""}`.toLowerCase().includes(search.trim().toLowerCase()),
  );
  const active = shown.filter((one) => one.active);
  const gone = shown.filter((one) => !one.active);
  const back = useMutation({
    mutationFn: (one: Colleague) => enableColleague(one.id),
    onSuccess: async (one) => {
      toast({ text: t("people:enabled", { name: one.name }) });
      await client.invalidateQueries();
    },
    onError: (error) => toast({ text: text(error), tone: "bad" }),
  });
  const actions = (
    <>
      <Button onClick={() => void navigate("/people/import")}>{t("roster:open")}</Button>
      <Button onClick={() => setDepartment("new")}>{t("people:new_department")}</Button>
      <Button type="primary" onClick={() => show("new")}>
        {t("people:new_person")}
      </Button>
    </>
  );
  return (
    <Page>
      <Head title={t("access:title")} tabs={<AccessTabs active="people" />} actions={phone ? undefined : actions} />
      {phone && <div className="access-actions">{actions}</div>}
      <Fetched of={found} rows={8}>
        {(people) => (
          <div className="organisation">
            <section className="card card-flush organisation-tree" aria-label={t("people:departments")}>
              <button type="button" className="bare branch" aria-pressed={unit === null} onClick={() => setUnit(null)}>
                <span className="spread">{t("people:everybody")}</span>
              </button>
              {branches(departments).map(({ department: one, depth }) => (
                <div key={one.id} className="branch-row">
                  <button
                    type="button"
                    className="bare branch"
                    aria-pressed={unit === one.id}
                    style={{ paddingLeft: 14 + depth * 18 }}
                    onClick={() => setUnit(one.id)}
                  >
                    <span className="spread cut">{one.name}</span>
                    <span className="grey small">
                      {people.filter((p) => p.active && p.department_id === one.id).length}
                    </span>
                  </button>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={t("people:edit_department", { name: one.name })}
                    onClick={() => setDepartment(one)}
                  >
                    <Icon name="edit" size={15} />
                  </button>
                </div>
              ))}
            </section>
            <section className="card card-flush">
              <div className="organisation-find">
                <Input
                  allowClear
                  prefix={<Icon name="search" size={15} />}
                  aria-label={t("people:find")}
                  placeholder={t("people:find")}
                  value={search}
                  onChange={(e) => setSearch(e.target.value)}
                />
              </div>
              {shown.length === 0 ? (
                <Empty>{t("people:none")}</Empty>
              ) : phone ? (
                <ul className="people-cards">
                  {active.map((one) => (
                    <li key={one.id}>
                      <button type="button" className="bare" onClick={() => show(String(one.id))}>
                        <b>{one.name}</b>
                        <span className="grey">{[one.department, one.account].filter(Boolean).join(" · ")}</span>
                        <RoleNames keys={one.roles} />
                      </button>
                    </li>
                  ))}
                </ul>
              ) : (
                <SmallTable
                  columns={[
                    t("people:name"),
                    t("people:account"),
                    t("people:department"),
                    t("people:roles"),
                    t("people:mail"),
                  ]}
                >
                  {active.map((one) => (
                    <tr key={one.id} onClick={() => show(String(one.id))}>
                      <td>
                        <button type="button" className="bare person-link">
                          {one.name}
                        </button>
                      </td>
                      <td className="grey-2">{one.account}</td>
                      <td>{one.department}</td>
                      <td>
                        <RoleNames keys={one.roles} />
                      </td>
                      <td className="grey-2">{one.mail}</td>
                    </tr>
                  ))}
                </SmallTable>
              )}
              {gone.length > 0 && (
                <div className="people-gone">
                  <h3>{t("people:left", { count: gone.length })}</h3>
                  <ul>
                    {gone.map((one) => (
                      <li key={one.id} className="row">
                        <span className="grey-2">{one.name}</span>
                        <span className="grey small">{one.department}</span>
                        <span className="spread" />
                        <Button size="small" type="text" onClick={() => back.mutate(one)}>
                          {t("people:enable")}
                        </Button>
                      </li>
                    ))}
                  </ul>
                </div>
              )}
            </section>
          </div>
        )}
      </Fetched>
      <Side
        open={open !== undefined && open !== null}
        title={<h2>{open === "new" ? t("people:new_person") : open?.name}</h2>}
        onClose={() => show(null)}
        width={480}
      >
        {open && (
          <PersonForm
            key={open === "new" ? "new" : open.id}
            person={open === "new" ? null : open}
            onClose={() => show(null)}
          />
        )}
      </Side>
      {department && (
        <DepartmentForm
          department={department === "new" ? null : department}
          departments={departments}
          parent={unit}
          people={(found.data ?? []).filter((one) => one.active)}
          onClose={() => setDepartment(null)}
        />
      )}
    </Page>
  );
}

function RoleNames({ keys }: { keys: readonly string[] }) {
  const label = useLabel();
  const roles = useQuery(rolesQuery).data ?? [];
  return (
    <span className="row role-names">
      {keys.map((key) => (
        <Chip key={key}>{label(roles.find((r) => r.key === key) ?? { label: key })}</Chip>
      ))}
    </span>
  );
}

function DepartmentForm({
  department,
  departments,
  parent,
  people,
  onClose,
}: {
  department: Department | null;
  departments: readonly Department[];
  parent: number | null;
  people: readonly Colleague[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [name, setName] = useState(department?.name ?? "");
  const [above, setAbove] = useState<number | null>(department ? department.parent_id : parent);
  const [head, setHead] = useState<number | null>(department?.head_id ?? null);
  const own = department ? below(departments, department.id) : new Set<number>();
  const save = useMutation({
    mutationFn: () =>
      saveDepartment({
        key: department?.key ?? freeKey(departments, name),
        new: department === null,
        name: name.trim(),
        parent_id: above,
        head_id: head,
      }),
    onSuccess: async () => {
      onClose();
      toast({ text: t("saved") });
      await client.invalidateQueries();
    },
  });
  return (
    <Modal
      open
      title={department ? t("people:edit_department", { name: department.name }) : t("people:new_department")}
      okText={t("save")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !name.trim(), loading: save.isPending }}
      onOk={() => save.mutate()}
      onCancel={onClose}
    >
      <div className="person-form">
        <div className="labelled">
          <label htmlFor="unit-name">{t("people:department_name")}</label>
          <Input id="unit-name" autoFocus value={name} onChange={(e) => setName(e.target.value)} />
        </div>
        <div className="labelled">
          <label htmlFor="unit-parent">{t("people:above")}</label>
          <Select
            id="unit-parent"
            allowClear
            value={above}
            options={departments.filter((d) => !own.has(d.id)).map((d) => ({ value: d.id, label: d.name }))}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(value) => setAbove(value ?? null)}
          />
        </div>
        <div className="labelled">
          <label htmlFor="unit-head">{t("people:head")}</label>
          <Select
            id="unit-head"
            allowClear
            value={head}
            options={people.map((p) => ({ value: p.id, label: p.name }))}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(value) => setHead(value ?? null)}
          />
        </div>
        {save.isError && <FieldError>{text(save.error)}</FieldError>}
      </div>
    </Modal>
  );
}
