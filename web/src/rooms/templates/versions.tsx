import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Fetched, Moment } from "@/kit";
import { versionsQuery } from "./api";
import { changed, type TemplateTree } from "./model";

/** What it said before; each version beside the words of now, place by place. */
export function Versions({
  tree,
  onTake,
}: {
  tree: TemplateTree;
  /** its words into the draft */
  onTake: (of: TemplateTree, version: number) => void;
}) {
  const { t } = useTranslation();
  const found = useQuery(versionsQuery(tree.template));
  const [open, setOpen] = useState<number | null>(null);
  return (
    <div className="inspector-body">
      <Fetched of={found} rows={3} none={found.data?.length === 0 && <Empty>{t("templates:no_versions")}</Empty>}>
        {(all) => (
          <ul className="tpl-versions">
            {all.map((one) => {
              const differs = changed(one.tree, tree);
              return (
                <li key={one.version}>
                  <button
                    type="button"
                    className="bare row"
                    aria-expanded={open === one.version}
                    onClick={() => setOpen(open === one.version ? null : one.version)}
                  >
                    <b>{t("templates:version_n", { n: one.version })}</b>
                    <span className="grey spread cut">
                      {one.by ?? ""} {one.at ? <Moment value={one.at} /> : t("templates:shipped")}
                    </span>
                    <span className="grey small nowrap">
                      {differs.length ? t("templates:differs", { count: differs.length }) : t("templates:as_now")}
                    </span>
                  </button>
                  {open === one.version && differs.length > 0 && (
                    <>
                      <dl className="tpl-differs">
                        {differs.map((d) => (
                          <div key={`${d.channel}${d.language}${d.place}`}>
                            <dt className="grey small">
                              {t(`messages:channel_${d.channel}`)} · {t(`templates:language_${d.language}`)} ·{" "}
                              {d.place.startsWith("params.") ? d.place.slice(7) : t(`templates:${d.place}`)}
                            </dt>
                            <dd className="tpl-before">{d.before || "—"}</dd>
                            <dd className="tpl-after">{d.after || "—"}</dd>
                          </div>
                        ))}
                      </dl>
                      <Button size="small" onClick={() => onTake(one.tree, one.version)}>
                        {t("templates:take_version")}
                      </Button>
                    </>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Fetched>
    </div>
  );
}
