/** What the other end of a call has to know: the address of a hook, the secret that signs a webhook. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import { FieldError, Moment, useProblemText } from "@/kit";
import { Line } from "@/rooms/forms/lines";

type Hook = components["schemas"]["HookOut"];

/** An address is shown once, when it is made; afterwards only how it begins. */
export function HookAddress({ process, name }: { process: string; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problem = useProblemText();
  const key = [...keys.process(process), "hooks"] as const;
  const known = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Hook[]>(`/processes/${process}/hooks`, signal),
    retry: false,
  }).data?.find((one) => one.name === name);
  const made = useMutation({
    mutationFn: () => api.post<{ path: string }>(`/processes/${process}/hooks/${name}`, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  return (
    <div className="flow-rows">
      {made.data && (
        <>
          <Input
            readOnly
            aria-label={t("flow:hook_address")}
            value={`${window.location.origin}${made.data.path}`}
            onFocus={(e) => e.target.select()}
          />
          <span className="grey small">{t("flow:hook_once")}</span>
        </>
      )}
      {known && !made.data && (
        <span className="grey small">
          {t("flow:hook_known", { hint: known.hint, count: known.calls })}{" "}
          {known.last_at && <Moment value={known.last_at} />}
        </span>
      )}
      <Button size="small" disabled={name === ""} loading={made.isPending} onClick={() => made.mutate()}>
        {t(known ? "flow:hook_renew" : "flow:hook_make")}
      </Button>
      {made.error && <FieldError>{problem(made.error)}</FieldError>}
    </div>
  );
}

/** Whoever is called checks with it that the call is ours. */
export function Signing({ process }: { process: string }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: [...keys.process(process), "signing"] as const,
    queryFn: ({ signal }) => api.get<{ secret: string | null }>(`/processes/${process}/signing`, signal),
    retry: false,
  }).data;
  if (!found?.secret) return <p className="grey small">{t("flow:signing_later")}</p>;
  return (
    <Line id="flow-signing" label={t("flow:signing")}>
      <Input.Password id="flow-signing" readOnly value={found.secret} />
    </Line>
  );
}
