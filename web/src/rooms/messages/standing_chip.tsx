import { useTranslation } from "react-i18next";
import { Chip } from "@/kit";
import type { State } from "./api";
import { LOOK, standing } from "./model";

export function StandingChip({ one }: { one: { state: State; held?: boolean; why: string | null } }) {
  const { t } = useTranslation();
  const now = standing(one);
  return (
    <Chip tone={LOOK[now].tone} icon={LOOK[now].icon}>
      {t(`messages:state_${now}`)}
    </Chip>
  );
}

const WHYS = [
  "quiet",
  "cap",
  "throttled",
  "fell_back",
  "opted_out",
  "bounced",
  "timeout",
  "broken",
  "no_such_recipient",
  "credentials",
  "signature",
  "permission",
  "ip",
  "quota",
  "gone",
  "content",
  "too_long",
  "keyword",
  "bad_request",
  "refused",
  "readdressed",
  "interrupted",
  "too_late",
  "hold",
  "asked",
  "counted_as_sent",
  "by_person",
  "retry",
  "gave_up",
  "no_contact",
  "no_address",
  "cancelled",
  "cancel_when",
  "finished",
  "superseded",
  "deleted",
  "condition",
  "uncertain",
  "permanent",
] as const;

/** Why it stands so, in words; a code that has none is not shown. */
export function useWhy() {
  const { t } = useTranslation();
  return (why: string | null): string =>
    why && (WHYS as readonly string[]).includes(why) ? t(`messages:why_${why}`) : "";
}
