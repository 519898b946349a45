import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Empty, Fetched, Icon, More, Side } from "@/kit";
import { useForm, useLabel } from "@/rooms/forms";
import { atNodeQuery, type Picture, type Standing } from "./api";

/** The records behind a count: those that stand at a step, or all that the process has under way. */
export function NodeRecords({
  picture,
  node,
  what,
  onClose,
}: {
  picture: Picture;
  node: string | null;
  what: Standing;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const form = useForm(picture.form);
  const found = useInfiniteQuery(atNodeQuery(picture.key, node, what));
  const count = found.data?.pages[0]?.count;
  const step = node === null ? picture : picture.nodes.find((n) => n.key === node);
  return (
    <RecordsSide
      form={picture.form}
      title={step ? label(step) : ""}
      told={[
        t(`processes:standing_${what}`),
        count !== undefined ? t("records:count_of", { n: count.toLocaleString("en"), noun: form?.noun }) : "",
      ]
        .filter(Boolean)
        .join(" ")}
      found={found}
      onClose={onClose}
    />
  );
}

interface Page {
  records: { id: number; title: string | null }[];
}

/** Records of a form beside the page, a page at a time; each leads to itself. */
export function RecordsSide({
  form,
  title,
  told,
  found,
  onClose,
}: {
  form: string;
  title: string;
  told: string;
  found: UseInfiniteQueryResult<{ pages: Page[] }>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const rows = found.data?.pages.flatMap((p) => p.records) ?? [];
  return (
    <Side
      open
      onClose={onClose}
      title={
        <div className="record-title">
          <h2 className="cut">{title}</h2>
          <span className="grey cut">{told}</span>
        </div>
      }
    >
      <Fetched of={found} rows={8} none={rows.length === 0 && <Empty>{t("processes:nobody_here")}</Empty>}>
        {() => (
          <ul className="node-records">
            {rows.map((r) => (
              <li key={r.id}>
                <Link to={`/r/${form}/${r.id}?tab=plan`} className="row">
                  <span className="spread cut">{r.title ?? `#${r.id}`}</span>
                  <Icon name="rightward" size={14} />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Fetched>
      {found.hasNextPage && (
        <p className="outbox-more">
          <More of={found} label={t("records:more_rows")} />
        </p>
      )}
    </Side>
  );
}
