import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { FieldError, Notice } from "@/kit";
import type { Matrix, MatrixRole, Problem } from "./api";
import type { Tree } from "./model";

const PAGES = ["/home", "/tasks", "/plan"] as const;

/** A role itself: its names, what it may do in the system, which pages it has in its menu. */
export function RolePanel({
  matrix,
  role,
  tree,
  problems,
  onEdit,
  onRemove,
  onBack,
}: {
  matrix: Matrix;
  role: MatrixRole;
  tree: Tree | null;
  problems: readonly Problem[];
  onEdit: (tree: Tree) => void;
  onRemove: () => void;
  onBack: () => void;
}) {
  const { t } = useTranslation();
  if (role.state === "going" || !tree)
    return (
      <div className="access-panel">
        <Notice tone="warn" icon="warning" action={<Button onClick={onBack}>{t("access:keep_role")}</Button>}>
          {t("access:goes")}
        </Notice>
        {problems.map((p) => (
          <FieldError key={p.text}>{p.text}</FieldError>
        ))}
      </div>
    );
  const mine = problems.filter((p) => !p.path.startsWith("forms."));
  const toggled = (list: readonly string[] | undefined, key: string, on: boolean) =>
    on ? [...(list ?? []), key] : (list ?? []).filter((one) => one !== key);
  return (
    <div className="access-panel">
      <div className="labelled">
        <label htmlFor="role-label">{t("access:label")}</label>
        <Input id="role-label" value={tree.label} onChange={(e) => onEdit({ ...tree, label: e.target.value })} />
      </div>
      <div className="labelled">
        <label htmlFor="role-label-en">{t("access:label_en")}</label>
        <Input
          id="role-label-en"
          value={tree.label_en ?? ""}
          onChange={(e) => {
            const { label_en: _, ...rest } = tree;
            onEdit(e.target.value ? { ...rest, label_en: e.target.value } : rest);
          }}
        />
      </div>
      {mine.map((p) => (
        <FieldError key={p.path + p.text}>{p.text}</FieldError>
      ))}
      <section>
        <h3>{t("access:system_rights")}</h3>
        <div className="access-list">
          {matrix.rights.map((right) => (
            <Checkbox
              key={right}
              checked={tree.may?.includes(right) ?? false}
              onChange={(e) => onEdit({ ...tree, may: toggled(tree.may, right, e.target.checked) })}
            >
              <span>{t(`access:system_${right}`)}</span>
              <span className="grey small access-about">{t(`access:system_${right}_fact`)}</span>
            </Checkbox>
          ))}
        </div>
      </section>
      <section>
        <h3>{t("access:menu")}</h3>
        <p className="grey small">{t("access:menu_fact")}</p>
        <div className="access-list">
          {matrix.menu.map((entry) => (
            <Checkbox
              key={entry}
              checked={tree.menu?.includes(entry) ?? false}
              onChange={(e) => onEdit({ ...tree, menu: toggled(tree.menu, entry, e.target.checked) })}
            >
              {t(`shell:${entry}`)}
            </Checkbox>
          ))}
        </div>
      </section>
      <div className="labelled">
        <label htmlFor="role-landing">{t("access:landing")}</label>
        <Select
          id="role-landing"
          value={tree.landing || "/home"}
          options={[...new Set([...PAGES, ...(tree.landing ? [tree.landing] : [])])].map((path) => ({
            value: path,
            label: PAGES.includes(path as (typeof PAGES)[number]) ? t(`shell:${path.slice(1)}`) : path,
          }))}
          onChange={(value) => {
            const { landing: _, ...rest } = tree;
            onEdit(value === "/home" ? rest : { ...rest, landing: value });
          }}
        />
      </div>
      <div className="row">
        <Button
          className="tinted-bad"
          disabled={role.holders > 0}
          title={role.holders > 0 ? t("access:held_first", { count: role.holders }) : undefined}
          onClick={onRemove}
        >
          {t("access:remove_role")}
        </Button>
        {role.holders > 0 && <span className="grey small">{t("access:held_first", { count: role.holders })}</span>}
      </div>
    </div>
  );
}
