import { App } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** Ask before what cannot be taken back: the title names object, number and effect, the button repeats the verb. */
export function useAsk() {
  const { modal } = App.useApp();
  const { t } = useTranslation();
  return (question: { title: ReactNode; effect?: ReactNode; verb: string }): Promise<boolean> =>
    new Promise((answer) => {
      modal.confirm({
        icon: null,
        title: question.title,
        content: question.effect,
        okText: question.verb,
        cancelText: t("not_now"),
        autoFocusButton: "cancel",
        onOk: () => answer(true),
        onCancel: () => answer(false),
      });
    });
}
