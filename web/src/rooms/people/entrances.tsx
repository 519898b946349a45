import { queryOptions, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api } from "@/api";
import { FieldError } from "@/kit";

export const entrancesQuery = queryOptions({
  queryKey: ["entrances"] as const,
  queryFn: ({ signal }) => api.get<string[]>("/entrances", signal),
  staleTime: 60_000,
});

/** Why one was sent back from the other side, in words. */
export function useRefused(): string | null {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const code = params.get("refused");
  if (!code) return null;
  const name = params.get("who") ?? "";
  return t(`channels:refused_${code.split(".").at(-1)}${name ? "_who" : ""}`, {
    name,
    defaultValue: t("channels:refused_else"),
  });
}

/** Ways in beside the password: as many as are set up as applications. */
export function Entrances() {
  const { t } = useTranslation();
  const ways = useQuery(entrancesQuery).data ?? [];
  const refused = useRefused();
  return (
    <>
      {refused && <FieldError>{refused}</FieldError>}
      {ways.length > 0 && (
        <div className="login-ways">
          <div className="login-or">{t("channels:or_by")}</div>
          <div className="row">
            {ways.map((channel) => (
              <Button key={channel} size="large" href={`/api/entrances/${channel}`}>
                {t(`channels:name_${channel}`)}
              </Button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
