import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Dropdown, Input, Popover, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { FieldError, Icon, toast, useProblemText } from "@/kit";
import { type Form, useLabel } from "@/rooms/forms";
import { type Role, useMe } from "@/rooms/people";
import {
  changeView,
  chooseDefault,
  createView,
  deleteView,
  restoreView,
  type SavedView,
  treeOf,
  viewsKey,
} from "./saved_views";
import type { ListState } from "./state";

/** What can be done with the view in front: keep the changes, save as a new one, rename, share, open with it, delete. */
export function ViewActs({
  form,
  state,
  active,
  changed,
  hasDefault,
  onChosen,
}: {
  form: Form;
  state: ListState;
  active: SavedView | undefined;
  /** the list shows something else than the view */
  changed: boolean;
  hasDefault: boolean;
  onChosen: (view: number | null) => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [open, setOpen] = useState<"rename" | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: viewsKey(form.key) });

  async function act(what: () => Promise<unknown>, done?: { text: string; undo?: () => Promise<unknown> }) {
    try {
      await what();
      await refresh();
      if (done) toast(done);
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  function remove(view: SavedView) {
    onChosen(null);
    void act(() => deleteView(form.key, view.id), {
      text: t("records:view_deleted", { label: view.label }),
      undo: () =>
        act(async () => {
          await restoreView(form.key, view.id);
          onChosen(view.id);
        }),
    });
  }

  return (
    <span className="row view-acts">
      <SaveView form={form} state={state} view={active} onChosen={onChosen}>
        <button type="button" className="icon-button small-button" aria-label={t("records:view_new")}>
          <Icon name="plus" size={16} />
        </button>
      </SaveView>
      {active && changed && <KeepView form={form} state={state} view={active} />}
      {active && (
        <Popover
          open={open === "rename"}
          onOpenChange={(on) => !on && setOpen(null)}
          trigger="click"
          destroyOnHidden
          placement="bottomLeft"
          content={
            <Naming
              start={active.label}
              roles={active.roles}
              verb={t("save")}
              onDone={async (label, roles) => {
                await changeView(form.key, active.id, { label, roles, tree: active.tree });
                await refresh();
                setOpen(null);
              }}
            />
          }
        >
          <Dropdown
            trigger={["click"]}
            menu={{
              items: [
                ...(active.mine ? [{ key: "rename", label: t("records:view_rename") }] : []),
                { key: "default", label: t(active.default ? "records:view_not_default" : "records:view_default") },
                ...(active.mine ? [{ key: "delete", label: t("records:view_delete") }] : []),
              ],
              onClick: ({ key }) => {
                if (key === "rename") setTimeout(() => setOpen("rename"), 0);
                if (key === "delete") remove(active);
                if (key === "default")
                  void act(() => chooseDefault(form.key, active.default ? null : active.id), {
                    text: t(active.default ? "records:view_default_gone" : "records:view_default_set", {
                      label: active.label,
                    }),
                  });
              },
            }}
          >
            <button type="button" className="icon-button small-button" aria-label={t("records:view_more")}>
              <Icon name="more" size={16} />
            </button>
          </Dropdown>
        </Popover>
      )}
      {!active && hasDefault && (
        <Button
          size="small"
          type="text"
          onClick={() =>
            void act(() => chooseDefault(form.key, null), { text: t("records:view_default_gone", { label: "" }) })
          }
        >
          {t("records:view_not_default")}
        </Button>
      )}
    </span>
  );
}

/** The view in front takes what the list shows now; it can be taken back. */
export function KeepView({
  form,
  state,
  view,
  primary,
}: {
  form: Form;
  state: ListState;
  view: SavedView;
  primary?: boolean;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  if (!view.mine) return null;
  async function put(tree: SavedView["tree"], undo?: () => Promise<void>) {
    try {
      await changeView(form.key, view.id, { label: view.label, roles: view.roles, tree });
      await client.invalidateQueries({ queryKey: viewsKey(form.key) });
      if (undo) toast({ text: t("records:view_kept", { label: view.label }), undo });
    } catch (error) {
      toast({ text: problemText(error), tone: "bad" });
    }
  }
  return (
    <Button
      size="small"
      {...(primary ? { type: "primary" as const } : {})}
      onClick={() => void put(treeOf(state, view), () => put(view.tree))}
    >
      {t("records:view_keep")}
    </Button>
  );
}

/** What the list shows becomes a view of its own: the button, and its name. */
export function SaveView({
  form,
  state,
  view,
  onChosen,
  children,
}: {
  form: Form;
  state: ListState;
  view: SavedView | undefined;
  onChosen: (view: number) => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      trigger="click"
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      placement="bottomLeft"
      content={
        <Naming
          start=""
          roles={null}
          verb={t("records:view_save")}
          onDone={async (label, roles) => {
            const made = await createView(form.key, { label, roles, tree: treeOf(state, view) });
            await client.invalidateQueries({ queryKey: viewsKey(form.key) });
            setOpen(false);
            onChosen(made.id);
            toast({ text: t("records:view_saved", { label }) });
          }}
        />
      }
    >
      {children}
    </Popover>
  );
}

/** A name, and with whom it is shared. */
function Naming({
  start,
  roles: startRoles,
  verb,
  onDone,
}: {
  start: string;
  roles: string[] | null;
  verb: string;
  onDone: (label: string, roles: string[] | null) => Promise<void>;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const me = useMe();
  const problemText = useProblemText();
  const [name, setName] = useState(start);
  const [roles, setRoles] = useState<string[] | null>(startRoles);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const mayShare = me.may.includes("design");
  const all = useQuery({
    queryKey: ["roles"],
    queryFn: ({ signal }) => api.get<Role[]>("/roles", signal),
    enabled: mayShare && roles !== null,
    staleTime: 300_000,
  }).data;
  async function submit() {
    if (busy) return;
    setBusy(true);
    try {
      await onDone(name.trim(), roles);
    } catch (error) {
      setWrong(problemText(error));
      setBusy(false);
    }
  }
  return (
    <form
      className="pop view-name"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Input
        autoFocus
        value={name}
        maxLength={60}
        aria-label={t("records:view_name")}
        placeholder={t("records:view_name")}
        onChange={(e) => setName(e.target.value)}
      />
      {mayShare && (
        <>
          <Checkbox checked={roles !== null} onChange={(e) => setRoles(e.target.checked ? [] : null)}>
            {t("records:view_share")}
          </Checkbox>
          {roles !== null && (
            <Select
              mode="multiple"
              value={roles}
              aria-label={t("records:view_share")}
              placeholder={t("records:view_everyone")}
              options={(all ?? []).map((r) => ({ value: r.key, label: label(r) }))}
              showSearch={{ optionFilterProp: "label" }}
              onChange={setRoles}
            />
          )}
        </>
      )}
      {wrong && <FieldError>{wrong}</FieldError>}
      <div className="row">
        <span className="spread" />
        <Button type="primary" size="small" htmlType="submit" loading={busy} disabled={!name.trim()}>
          {verb}
        </Button>
      </div>
    </form>
  );
}
