import { Button, Dropdown, Input } from "antd";
import { useTranslation } from "react-i18next";
import { FieldError, Icon, type IconName, Kbd, usePhone } from "@/kit";
import { useLabel } from "@/rooms/forms";
import type { Act, Approval } from "./api";
import { decider, opinionNeeded, sentBack, waitingFor } from "./model";

/** What I can do here now, always in sight; each only as the server says that I may. */
export function Bar({
  page,
  opinion,
  faults,
  busy,
  onOpinion,
  onAct,
}: {
  page: Approval;
  opinion: string;
  faults: Record<string, string>;
  /** the act that is under way */
  busy: Act | null;
  onOpinion: (text: string) => void;
  onAct: (act: Act) => void;
}) {
  const { t } = useTranslation();
  const phone = usePhone();
  const may = (act: Act) => page.may.includes(act);
  if (!page.mine) return <Standing page={page} busy={busy} onAct={onAct} />;

  const main: Act = may("give") ? "give" : "approve";
  const ways: { act: Act; icon: IconName }[] = [
    { act: "add", icon: "people" },
    { act: "transfer", icon: "transfer" },
    { act: "return", icon: "undo" },
    { act: "delegate", icon: "chat" },
    { act: "urge", icon: "bell" },
    { act: "withdraw", icon: "undo" },
  ];
  const beside: readonly Act[] = phone ? ["return"] : ["add", "transfer", "return"];
  const shown = ways.filter((one) => beside.includes(one.act) && may(one.act));
  const rest = ways.filter((one) => !beside.includes(one.act) && may(one.act));
  const more = rest.length > 0 && (
    <Dropdown
      trigger={["click"]}
      placement="topLeft"
      menu={{
        items: rest.map((one) => ({
          key: one.act,
          icon: <Icon name={one.icon} size={15} />,
          label: t(`approvals:act_${one.act}`),
          onClick: () => onAct(one.act),
        })),
      }}
    >
      <Button className="approval-way" icon={<Icon name={phone ? "more" : "down"} size={phone ? 18 : 14} />}>
        {t("more")}
      </Button>
    </Dropdown>
  );
  return (
    <footer className="approval-bar">
      {!phone && (
        <div className="approval-opinion">
          <Input.TextArea
            aria-label={t("approvals:opinion")}
            placeholder={t(
              opinionNeeded(page, main)
                ? "approvals:opinion_must"
                : opinionNeeded(page, "reject")
                  ? "approvals:opinion_may"
                  : "approvals:opinion_free",
            )}
            autoSize={{ minRows: 1, maxRows: 5 }}
            maxLength={4000}
            status={faults.opinion ? "error" : ""}
            value={opinion}
            onChange={(e) => onOpinion(e.target.value)}
          />
          {faults.opinion && <FieldError>{faults.opinion}</FieldError>}
        </div>
      )}
      {more}
      {shown.map((one) => (
        <Button
          key={one.act}
          className="approval-way"
          icon={<Icon name={one.icon} size={phone ? 18 : 15} />}
          title={one.act === "return" ? "R" : one.act === "transfer" ? "T" : ""}
          onClick={() => onAct(one.act)}
        >
          {t(`approvals:act_${one.act}`)}
        </Button>
      ))}
      {may("reject") && (
        <Button danger className="approval-reject" onClick={() => onAct("reject")}>
          {t("approvals:act_reject")}
        </Button>
      )}
      <Button
        type="primary"
        className="approval-main"
        loading={busy === main}
        icon={<Icon name="check" size={15} />}
        onClick={() => onAct(main)}
      >
        {t(`approvals:act_${main}`)}
        {!phone && <Kbd>A</Kbd>}
      </Button>
    </footer>
  );
}

/** Nothing waits for me: what it waits for, or who decided. */
function Standing({ page, busy, onAct }: { page: Approval; busy: Act | null; onAct: (act: Act) => void }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const first = decider(page);
  const back = sentBack(page);
  const names = waitingFor(page).join(i18n.language === "zh" ? "、" : ", ");
  const acts = page.may.filter((act) => act === "urge" || act === "withdraw");
  return (
    <footer className="approval-bar approval-standing">
      <Icon name={page.approval_state === "open" ? "clock" : "checkCircle"} size={16} />
      <span className="spread">
        {back
          ? t("approvals:back_at", { step: label({ label: back.label, label_en: back.label_en }) })
          : page.approval_state !== "open"
            ? first
              ? t(`approvals:over_${first.state}`, { name: first.name })
              : t(`approvals:approval_${page.approval_state}`)
            : names
              ? t("approvals:waits_for", { names })
              : t("approvals:waits")}
      </span>
      {acts.map((act) => (
        <Button key={act} loading={busy === act} onClick={() => onAct(act)}>
          {t(`approvals:act_${act}`)}
        </Button>
      ))}
    </footer>
  );
}
