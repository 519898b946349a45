import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Empty, Fetched, Head, Kbd, More, Page, Tabs, useKeys, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { useMe } from "@/rooms/people";
import { isOpen, owners, piles } from "./alert_model";
import { AlertRow } from "./alert_row";
import { type Alert, type AlertView, alertsQuery, rulesQuery } from "./api";
import { DismissDialog } from "./dismiss_dialog";
import { SEVERITIES } from "./model";
import { useAlerts } from "./use_alerts";
import "./rules.css";

const VIEWS: readonly AlertView[] = ["mine", "team", "all"];

/** 预警: what rules ask people to look at, the most urgent first. */
export function AlertsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const me = useMe();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const asked = params.get("view") as AlertView;
  const view = VIEWS.includes(asked) ? asked : "mine";
  const settled = params.get("tab") === "settled";
  const rule = params.get("rule");
  const owner = Number(params.get("owner")) || null;
  const severity = params.get("severity");
  const state = params.get("state");
  const found = useInfiniteQuery(alertsQuery({ view, settled, rule }));
  const rules = useQuery({ ...rulesQuery, enabled: me.may.includes("design") }).data;
  const all = found.data?.pages.flat() ?? [];
  const groups = piles(all, { severity, state, owner });
  const rows = settled
    ? groups.flatMap((pile) => pile.alerts).sort((a, b) => b.id - a.id)
    : groups.flatMap((p) => p.alerts);
  const [chosen, choose] = useState<number | null>(null);
  const [why, openWhy] = useState<number | null>(null);
  const [dismissing, setDismissing] = useState<Alert | null>(null);
  const acts = useAlerts();
  const focused = rows.find((one) => one.id === chosen) ?? (phone ? undefined : rows[0]);

  function put(values: Record<string, string | null>) {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(values)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace: true });
  }
  const move = (by: number) => {
    const at = rows.findIndex((one) => one.id === focused?.id);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) choose(next.id);
  };
  const mayAct = focused && isOpen(focused) && !dismissing;
  useKeys(
    dismissing
      ? {}
      : {
          j: () => move(1),
          k: () => move(-1),
          ArrowDown: () => move(1),
          ArrowUp: () => move(-1),
          Enter: focused && (() => void navigate(`/r/${focused.form}/${focused.record_id}`)),
          a: mayAct && focused.state === "open" && (() => void acts.seen(focused)),
          d: mayAct && (() => setDismissing(focused)),
          ".": focused && (() => openWhy(why === focused.id ? null : focused.id)),
        },
  );
  const known = new Map((rules ?? []).map((one) => [one.key, label(one)]));
  for (const one of all) known.set(one.rule, label(one));
  const narrowed = Boolean(rule || severity || state || owner);
  const states = settled ? ["resolved", "dismissed"] : ["open", "acknowledged"];
  const row = (one: Alert) => (
    <AlertRow
      key={one.id}
      one={one}
      focused={one.id === focused?.id}
      busy={acts.busy === one.id}
      why={why === one.id}
      onFocus={() => choose(one.id)}
      onWhy={(open) => openWhy(open ? one.id : null)}
      onSeen={() => void acts.seen(one)}
      onDismiss={() => setDismissing(one)}
    />
  );
  return (
    <Page fit>
      <Head title={t("rules:alerts")} fact={t("rules:alerts_fact")} />
      <section className="card card-flush alerts">
        <Tabs
          label={t("rules:alerts")}
          active={settled ? "settled" : "open"}
          items={(["open", "settled"] as const).map((key) => ({
            key,
            label: t(`rules:tab_${key}`),
            count: key === (settled ? "settled" : "open") && found.data && !found.hasNextPage ? rows.length : undefined,
          }))}
          onChange={(key) => put({ tab: key === "settled" ? key : null, state: null })}
          extra={
            !phone && (
              <span className="grey row" style={{ gap: 4 }}>
                <Kbd>J</Kbd>
                <Kbd>K</Kbd> {t("tasks:keys_move")} <Kbd>A</Kbd> {t("rules:acknowledge")} <Kbd>D</Kbd>{" "}
                {t("rules:dismiss")} <Kbd>.</Kbd> {t("why")}
              </span>
            )
          }
        />
        <div className="alerts-filter">
          <Select
            aria-label={t("rules:whose")}
            value={view}
            options={VIEWS.map((value) => ({ value, label: t(`rules:view_${value}`) }))}
            onChange={(next: AlertView) => put({ view: next === "mine" ? null : next, owner: null })}
          />
          <Select
            allowClear
            aria-label={t("rules:rule")}
            placeholder={t("rules:any_rule")}
            value={rule}
            options={[...known].map(([value, name]) => ({ value, label: name }))}
            onChange={(next?: string) => put({ rule: next ?? null })}
          />
          <Select
            allowClear
            aria-label={t("rules:severity")}
            placeholder={t("rules:any_severity")}
            value={severity}
            options={SEVERITIES.map((value) => ({ value, label: t(`rules:severity_${value}`) }))}
            onChange={(next?: string) => put({ severity: next ?? null })}
          />
          {view !== "mine" && (
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              aria-label={t("rules:owner")}
              placeholder={t("rules:any_owner")}
              value={owner}
              options={owners(all).map((one) => ({ value: one.id, label: one.name }))}
              onChange={(next?: number) => put({ owner: next ? String(next) : null })}
            />
          )}
          <Select
            allowClear
            aria-label={t("rules:state")}
            placeholder={t("rules:any_state")}
            value={state}
            options={states.map((value) => ({ value, label: t(`rules:alert_${value}`) }))}
            onChange={(next?: string) => put({ state: next ?? null })}
          />
        </div>
        <div className="list-scroll">
          <Fetched
            of={found}
            rows={8}
            height={52}
            none={
              rows.length === 0 && (
                <Empty
                  actions={
                    narrowed ? (
                      <Button onClick={() => put({ rule: null, severity: null, state: null, owner: null })}>
                        {t("rules:clear_filters")}
                      </Button>
                    ) : (
                      view !== "all" && <Button onClick={() => put({ view: "all" })}>{t("rules:see_all")}</Button>
                    )
                  }
                >
                  {t(narrowed ? "rules:no_alerts_fit" : settled ? "rules:no_settled" : "rules:no_alerts")}
                </Empty>
              )
            }
          >
            {() => (
              <>
                {settled ? (
                  <ul className="alert-list">{rows.map(row)}</ul>
                ) : (
                  groups.map((pile) => (
                    <section key={pile.severity} aria-label={t(`rules:severity_${pile.severity}`)}>
                      <h2 className="alert-pile">
                        {t(`rules:severity_${pile.severity}`)} <span className="grey">{pile.alerts.length}</span>
                      </h2>
                      <ul className="alert-list">{pile.alerts.map(row)}</ul>
                    </section>
                  ))
                )}
                {found.hasNextPage && (
                  <p className="alert-more">
                    <More of={found} label={t("messages:more")} />
                  </p>
                )}
              </>
            )}
          </Fetched>
        </div>
      </section>
      {dismissing && (
        <DismissDialog
          one={dismissing}
          onDismiss={(reason) => acts.none(dismissing, reason)}
          onClose={() => setDismissing(null)}
        />
      )}
    </Page>
  );
}
