import { useQuery } from "@tanstack/react-query";
import { Popover } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure, Icon, Lines } from "@/kit";
import { useForm } from "@/rooms/forms";
import { hiddenParts, type Part } from "@/rooms/records/why";
import { WhyTree as Tree } from "@/rooms/records/why_tree";
import { alertWhyQuery } from "./api";

/** A condition with every value, and how many parts rights keep from the reader. */
export function WhyTree({ part, form }: { part: Part; form: string }) {
  const { t } = useTranslation();
  const of = useForm(form);
  const hidden = hiddenParts(part);
  return (
    <div className="rule-why">
      <Tree whole={!part.text.startsWith("AND(")} part={part} form={of} />
      {hidden > 0 && <p className="grey small">{t("records:hidden_parts", { count: hidden })}</p>}
    </div>
  );
}

/** 「为什么」 of an alert: the rule's condition with the values of now. */
export function WhyAlert({
  id,
  form,
  title,
  open,
  onOpen,
}: {
  id: number;
  form: string;
  title: string;
  open?: boolean;
  onOpen?: (open: boolean) => void;
}) {
  const { t } = useTranslation();
  const [own, setOwn] = useState(false);
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      open={open ?? own}
      onOpenChange={onOpen ?? setOwn}
      content={<Why id={id} form={form} title={title} />}
    >
      <button type="button" className="bare rule-why-button" aria-label={t("rules:why_of", { name: title })}>
        <Icon name="help" size={14} />
        {t("why")}
      </button>
    </Popover>
  );
}

function Why({ id, form, title }: { id: number; form: string; title: string }): ReactNode {
  const { t } = useTranslation();
  const found = useQuery(alertWhyQuery(id));
  if (found.isError) return <Failure error={found.error} />;
  return (
    <div className="why">
      <h3>{title}</h3>
      {!found.data ? (
        <Lines rows={3} />
      ) : found.data.tree ? (
        <>
          <WhyTree part={found.data.tree} form={form} />
          <p className="grey small">{t("rules:why_now")}</p>
        </>
      ) : (
        <p className="grey">{t("rules:why_hidden")}</p>
      )}
    </div>
  );
}
