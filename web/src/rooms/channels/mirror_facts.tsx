import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";

type Mirror = components["schemas"]["MirrorOut"];

const mirrorQuery = queryOptions({
  queryKey: [...keys.channels, "mirror"],
  queryFn: ({ signal }) => api.get<Mirror[]>("/mirror", signal),
});
export const compareMirror = (channel: string) => api.post<void>(`/mirror/${channel}/compare`);

/** How tasks stand over there: how many are shown, what is still to be made even, what was refused. */
export function MirrorFacts({ channel }: { channel: string }) {
  const { t } = useTranslation();
  const one = useQuery(mirrorQuery).data?.find((row) => row.channel === channel);
  if (!one) return null;
  const said = one.accounts
    ? [
        one.on || one.open ? t("channels:mirror_open", { count: one.open }) : "",
        one.waiting ? t("channels:mirror_waiting", { count: one.waiting }) : "",
        one.on ? "" : t("channels:mirror_off"),
      ]
    : [t("channels:mirror_nobody")];
  const problem = one.problems[0];
  return (
    <>
      <div>
        <dt>{t("channels:mirror")}</dt>
        <dd>{said.filter(Boolean).join(t("channels:and"))}</dd>
      </div>
      {problem && (
        <div>
          <dt>{t("channels:problem")}</dt>
          <dd className="way-warn" title={[problem.person, problem.detail].filter(Boolean).join(" · ")}>
            {t("channels:mirror_problems", {
              count: problem.count,
              why: t(`channels:why_${problem.why}`, { defaultValue: problem.detail ?? problem.why }),
            })}
          </dd>
        </div>
      )}
    </>
  );
}
