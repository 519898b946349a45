import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, Fetched, Moment, Side } from "@/kit";
import { type RuleVersion, versionsQuery } from "./api";
import { RuleRead } from "./rule_read";

/** Every version that was published; one of them opened, or taken into the draft. */
export function RuleVersions({
  rule,
  onClose,
  onTake,
}: {
  rule: string;
  onClose: () => void;
  onTake: (version: RuleVersion) => void;
}) {
  const { t } = useTranslation();
  const found = useQuery({ ...versionsQuery(rule), staleTime: 0 });
  const [opened, open] = useState<number | null>(null);
  return (
    <Side open width={520} title={<h2>{t("rules:versions")}</h2>} onClose={onClose}>
      <Fetched of={found} rows={4}>
        {(versions) => (
          <ul className="rule-versions">
            {versions.map((one) => (
              <li key={one.number}>
                <span className="row">
                  <button
                    type="button"
                    className="bare spread"
                    aria-expanded={opened === one.number}
                    onClick={() => open(opened === one.number ? null : one.number)}
                  >
                    <b>{t("design:version", { n: one.number })}</b>{" "}
                    <span className="grey small">
                      {one.by || t("design:system")} · <Moment value={one.at} />
                    </span>
                  </button>
                  {one.current ? (
                    <Chip tone="brand">{t("design:in_force")}</Chip>
                  ) : (
                    <Button size="small" onClick={() => onTake(one)}>
                      {t("rules:take_version")}
                    </Button>
                  )}
                </span>
                {opened === one.number && <RuleRead tree={one.tree} />}
              </li>
            ))}
          </ul>
        )}
      </Fetched>
    </Side>
  );
}
