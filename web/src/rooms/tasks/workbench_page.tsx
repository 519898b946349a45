import { useTranslation } from "react-i18next";
import { Head, Page } from "@/kit";

export function WorkbenchPage() {
  const { t } = useTranslation();
  return (
    <Page>
      <Head title={t("shell:home")} />
    </Page>
  );
}
