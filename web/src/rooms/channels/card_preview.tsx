import { queryOptions, useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, keys } from "@/api";
import type { components } from "@/api/schema";
import { Fetched, Icon } from "@/kit";

type Preview = components["schemas"]["CardPreviewOut"];
const CHANNELS = ["dingtalk", "wecom", "feishu"] as const;

const previewQuery = (channel: string) =>
  queryOptions({
    queryKey: [...keys.channels, "preview", channel],
    queryFn: ({ signal }) => api.get<Preview>(`/connect/preview?channel=${channel}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** 卡片预览: an example of an approval as it is shown over there, made by what makes the real ones. */
export function CardPreview() {
  const { t } = useTranslation();
  const [channel, setChannel] = useState<string>(CHANNELS[0]);
  const found = useQuery(previewQuery(channel));
  return (
    <section className="card look" aria-label={t("channels:look")}>
      <div className="card-head">
        <h2>{t("channels:look")}</h2>
        <span className="spread" />
        <Segmented
          size="small"
          value={channel}
          options={CHANNELS.map((key) => ({ value: key, label: t(`channels:name_${key}`) }))}
          onChange={setChannel}
        />
      </div>
      <Fetched of={found} rows={6}>
        {(card) => (
          <div className="look-phone">
            <div className="look-card">
              <p className="look-title">{card.title}</p>
              <div className="look-body">
                <b>{card.subject}</b>
                <dl>
                  {card.facts.map((one) => (
                    <div key={one.label}>
                      <dt>{one.label}</dt>
                      <dd>{one.value}</dd>
                    </div>
                  ))}
                </dl>
              </div>
              <div className="look-buttons">
                {card.buttons.map((one) => (
                  <span key={one}>{one}</span>
                ))}
              </div>
            </div>
            <p className="look-result">
              <Icon name="tick" size={16} />
              {card.result}
            </p>
            <p className="grey small">{t("channels:look_after")}</p>
            {channel === "dingtalk" && <p className="grey small">{t("channels:look_dingtalk")}</p>}
          </div>
        )}
      </Fetched>
      <h3>{t("channels:look_can")}</h3>
      <ul className="look-can">
        <li>
          <Icon name="check" size={15} /> {t("channels:look_can_agree")}
        </li>
        <li>
          <Icon name="check" size={15} /> {t("channels:look_can_rest")}
        </li>
        <li>
          <Icon name="lock" size={15} /> {t("channels:look_can_hidden")}
        </li>
      </ul>
      <p className="grey small">{t("channels:look_example")}</p>
    </section>
  );
}
