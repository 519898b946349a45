import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { usePhone } from "@/kit";
import { foreseenQuery } from "./migration_api";

/** What is under way while one draws: how much could follow a publication, and once published the way to take it along.
 * `stamp` names the draft as it is kept; none: nothing is drawn. */
export function OnEarlier({ process, number, stamp }: { process: string; number: number; stamp: string }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const navigate = useNavigate();
  const drawn = stamp !== "";
  const asked = foreseenQuery(process, drawn, `${number}:${stamp}`);
  const seen = useQuery({ ...asked, placeholderData: keepPreviousData, retry: false }).data;
  if (!seen || seen.open === 0 || phone) return null;
  if (drawn && seen.to === null) {
    const parts = [
      t("migration:would_move", { count: seen.open, moves: seen.moves }),
      seen.choose > 0 && t("migration:would_choose", { count: seen.choose }),
      seen.cannot > 0 && t("migration:would_stay", { count: seen.cannot }),
    ];
    return <span className="grey cut">{parts.filter(Boolean).join(t("processes:comma"))}</span>;
  }
  if (drawn) return null;
  return (
    <Button size="small" onClick={() => void navigate(`/processes/${process}/migration`)}>
      {t("migration:open", { count: seen.open })}
    </Button>
  );
}
