import { useTranslation } from "react-i18next";
import type { Piece } from "./api";

/** Words as they will be read: values in their colour, what is missing or wrong stands out. */
export function Pieces({ of, names }: { of: readonly Piece[]; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  return of.map((one, at) => {
    if (one.state === "said") return <span key={at}>{one.text}</span>;
    const name = names.get(one.of) ?? one.of;
    const title = one.state === "value" ? name : t(`templates:${one.state}_title`, { name });
    return (
      <span key={at} className={`tpl-${one.state}`} title={title}>
        {one.state === "missing" ? t("templates:missing_mark", { name }) : one.text}
      </span>
    );
  });
}
