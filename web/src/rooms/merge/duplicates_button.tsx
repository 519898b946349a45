import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Icon } from "@/kit";
import type { Form } from "@/rooms/forms";
import { evidence } from "./evidence";

/** The way to what is perhaps twice, for whoever could merge it. */
export function DuplicatesButton({ form }: { form: Form }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!form.may.includes("update") || !form.may.includes("delete") || evidence(form).length === 0) return null;
  return (
    <Button icon={<Icon name="copy" size={15} />} onClick={() => void navigate(`/r/${form.key}/duplicates`)}>
      {t("merge:duplicates")}
    </Button>
  );
}
