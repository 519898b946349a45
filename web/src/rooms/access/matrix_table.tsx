import { useTranslation } from "react-i18next";
import { Chip, Icon, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { MatrixForm, MatrixRole } from "./api";
import { cellChanged, type Grant, grantOf, inWords, isCondition, RIGHTS, type Tree } from "./model";
import { useScopeWord } from "./scope_words";

export interface Chosen {
  role: string;
  /** empty: the role itself */
  form: string;
}

interface Props {
  forms: readonly MatrixForm[];
  roles: readonly MatrixRole[];
  treeOf: (role: MatrixRole) => Tree | null;
  edited: (role: MatrixRole) => boolean;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}

/** Role by form at a glance; on a phone a card per role. */
export function MatrixTable(props: Props) {
  const phone = usePhone();
  return phone ? <MatrixCards {...props} /> : <Table {...props} />;
}

function Table({ forms, roles, treeOf, edited, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <div className="matrix-scroll">
      <table className="matrix">
        <thead>
          <tr>
            <th scope="col">{t("access:role")}</th>
            {forms.map((form) => (
              <th key={form.key} scope="col" className={chosen?.form === form.key ? "matrix-on" : undefined}>
                {label(form)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {roles.map((role) => (
            <tr key={role.key} className={chosen?.role === role.key ? "matrix-row-on" : undefined}>
              <th scope="row">
                <RoleHead role={role} edited={edited(role)} onChoose={() => onChoose({ role: role.key, form: "" })} />
              </th>
              {forms.map((form) => (
                <td key={form.key}>
                  <CellButton
                    role={role}
                    form={form}
                    forms={forms}
                    tree={treeOf(role)}
                    on={chosen?.role === role.key && chosen.form === form.key}
                    onChoose={onChoose}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MatrixCards({ forms, roles, treeOf, edited, chosen, onChoose }: Props) {
  const label = useLabel();
  return (
    <ul className="matrix-cards">
      {roles.map((role) => (
        <li key={role.key}>
          <RoleHead role={role} edited={edited(role)} onChoose={() => onChoose({ role: role.key, form: "" })} />
          <ul>
            {forms.map((form) => (
              <li key={form.key}>
                <span className="grey-2 cut">{label(form)}</span>
                <CellButton
                  role={role}
                  form={form}
                  forms={forms}
                  tree={treeOf(role)}
                  on={chosen?.role === role.key && chosen.form === form.key}
                  onChoose={onChoose}
                />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function RoleHead({ role, edited, onChoose }: { role: MatrixRole; edited: boolean; onChoose: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const open = role.disclosures.filter((d) => !d.kept).length;
  return (
    <button type="button" className="bare matrix-role" onClick={onChoose}>
      <b>{label(role)}</b>
      <span className="row grey small">
        {t("access:holders", { count: role.holders })}
        {open > 0 && (
          <span className="matrix-tells" title={t("access:tells", { count: open })}>
            <Icon name="warning" size={13} />
            {open}
            <span className="sr">{t("access:tells", { count: open })}</span>
          </span>
        )}
        {role.state === "new" ? (
          <Chip tone="warn">{t("access:new")}</Chip>
        ) : role.state === "going" ? (
          <Chip tone="urgent">{t("access:going")}</Chip>
        ) : (
          edited && <Chip tone="warn">{t("access:changed")}</Chip>
        )}
      </span>
    </button>
  );
}

function CellButton({
  role,
  form,
  forms,
  tree,
  on,
  onChoose,
}: {
  role: MatrixRole;
  form: MatrixForm;
  forms: readonly MatrixForm[];
  tree: Tree | null;
  on: boolean;
  onChoose: (chosen: Chosen) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const word = useScopeWord();
  const grant = role.state === "going" ? null : grantOf(tree, form.key);
  const scope = word(grant);
  const condition = grant && isCondition(grant.rows) ? inWords(grant.rows, form.key, forms, label) : undefined;
  const changed = role.state !== "going" && tree !== role.current && cellChanged(role.current, tree, form.key);
  const rights = grant
    ? RIGHTS.filter((r) => grant.rights.includes(r))
        .map((r) => t(`access:right_${r}`))
        .join(" ")
    : "";
  return (
    <button
      type="button"
      className={`bare matrix-cell ${on ? "matrix-cell-on" : ""}`}
      aria-pressed={on}
      title={condition}
      onClick={() => onChoose({ role: role.key, form: form.key })}
    >
      <span className="sr">{`${label(role)}, ${label(form)}: `}</span>
      {grant ? (
        <>
          <Chip tone={scope.tone}>{scope.text}</Chip>
          <Letters grant={grant} />
          <span className="sr">{` ${rights}`}</span>
        </>
      ) : (
        <span className="grey">{scope.text}</span>
      )}
      {changed && <i className="matrix-dot" title={t("access:changed")} />}
      {changed && <span className="sr">{`, ${t("access:changed")}`}</span>}
    </button>
  );
}

/** 查 增 改 删, the granted ones bold on a ground of their own, so that grey alone says nothing. */
export function Letters({ grant }: { grant: Grant }) {
  const { t } = useTranslation();
  return (
    <span className="matrix-letters" aria-hidden="true">
      {RIGHTS.map((right) => (
        <span key={right} className={grant.rights.includes(right) ? "matrix-has" : "matrix-not"}>
          {t(`access:letter_${right}`)}
        </span>
      ))}
    </span>
  );
}
