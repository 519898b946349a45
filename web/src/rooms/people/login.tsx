import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { Problem } from "@/api";
import { format, Icon, Lines, Mark, useProblemText } from "@/kit";
import { demoLogin, login, stateQuery } from "./api";
import { Entrances } from "./entrances";
import { Frame, Labelled } from "./frame";

export function LoginPage() {
  const { t } = useTranslation();
  const state = useQuery(stateQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const problemText = useProblemText();
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState<"login" | "demo" | null>(null);
  const [wrong, setWrong] = useState<{ at: "account" | "password"; text: string } | null>(null);

  async function enter(how: "login" | "demo") {
    setBusy(how);
    setWrong(null);
    try {
      if (how === "demo") await demoLogin();
      else await login(account.trim(), password);
      client.clear();
      const next = params.get("next");
      await navigate(next?.startsWith("/") && !next.startsWith("//") ? next : "/", { replace: true });
    } catch (error) {
      const at = error instanceof Problem && error.path === "account" ? "account" : "password";
      setWrong({ at, text: problemText(error) });
    } finally {
      setBusy(null);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!account.trim()) setWrong({ at: "account", text: t("people:account_missing") });
    else if (!password) setWrong({ at: "password", text: t("people:password_missing") });
    else void enter("login");
  }

  if (state.data?.first_start) return <Navigate to="/setup" replace />;
  const s = state.data;
  const backup = s?.backup_at ? format.local(s.backup_at, "Asia/Shanghai") : null;
  const error = (at: "account" | "password") => (wrong?.at === at ? wrong.text : undefined);

  return (
    <Frame className="login">
      <main className="login-main">
        <div className="login-brand">
          <Mark size={40} />
          <div>
            <b>{t("product")}</b>
            <span className="grey">{s?.name || " "}</span>
          </div>
        </div>
        <form onSubmit={submit} noValidate>
          <h1>{t("people:login")}</h1>
          {s?.demo && (
            <div className="login-demo">
              <p>{t("people:demo_fact")}</p>
              <Button type="primary" size="large" block loading={busy === "demo"} onClick={() => void enter("demo")}>
                {t("people:demo_enter")}
              </Button>
              <div className="login-or">{t("people:or_account")}</div>
            </div>
          )}
          <Labelled name="account" error={error("account")}>
            <Input
              id="account"
              size="large"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus={!s?.demo}
              prefix={<Icon name="person" style={{ color: "var(--text-3)" }} />}
              value={account}
              status={wrong?.at === "account" ? "error" : ""}
              aria-describedby={wrong?.at === "account" ? "account-error" : undefined}
              onChange={(e) => setAccount(e.target.value)}
            />
          </Labelled>
          <Labelled name="password" error={error("password")}>
            <Input.Password
              id="password"
              size="large"
              autoComplete="current-password"
              prefix={<Icon name="lock" style={{ color: "var(--text-3)" }} />}
              value={password}
              status={wrong?.at === "password" ? "error" : ""}
              aria-describedby={wrong?.at === "password" ? "password-error" : undefined}
              onChange={(e) => setPassword(e.target.value)}
            />
          </Labelled>
          <Button
            type={s?.demo ? "default" : "primary"}
            size="large"
            htmlType="submit"
            block
            loading={busy === "login"}
          >
            {t("people:login")}
          </Button>
        </form>
        <Entrances />
        {state.isPending && <Lines rows={1} />}
        <p className="grey">{t("people:no_account")}</p>
      </main>
      <footer className="login-foot">
        <span>{t("people:data_here")}</span>
        <span>
          {state.isError ? t("people:service_down") : t("people:service_up")}
          {backup && s && (
            <>
              {" · "}
              {backup.day === s.today
                ? t("people:backup_today", { time: backup.time })
                : t("people:backup_at", { day: backup.day, time: backup.time })}
            </>
          )}
        </span>
      </footer>
    </Frame>
  );
}
