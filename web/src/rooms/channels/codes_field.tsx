import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Icon } from "@/kit";
import { useLabel } from "@/rooms/forms";
import { codesQuery } from "./api";

type Lines = [ours: string, theirs: string][];

/** Which template of the vendor stands behind the name that our templates use. */
export function CodesField({ codes, onChange }: { codes: Lines; onChange: (codes: Lines) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const known = useQuery(codesQuery).data ?? [];
  const missing = known.filter((one) => !codes.some(([ours]) => ours === one.code));
  const put = (at: number, line: Lines[number]) => onChange(codes.map((old, i) => (i === at ? line : old)));
  const named = (code: string) => known.find((one) => one.code === code);
  return (
    <div className="way-codes">
      {codes.map(([ours, theirs], at) => {
        const one = named(ours);
        return (
          <div key={at} className="way-code">
            <AutoComplete
              aria-label={t("channels:our_code")}
              placeholder={t("channels:our_code")}
              value={ours}
              options={missing.map((m) => ({ value: m.code, label: `${label(m)} · ${m.code}` }))}
              onChange={(value: string) => put(at, [value, theirs])}
            />
            <Icon name="arrowRight" size={15} />
            <Input
              aria-label={t("channels:their_code")}
              placeholder={t("channels:their_code")}
              value={theirs}
              onChange={(event) => put(at, [ours, event.target.value])}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={t("channels:remove_code", { code: ours })}
              onClick={() => onChange(codes.filter((_, i) => i !== at))}
            >
              <Icon name="close" size={15} />
            </button>
            {one && (
              <span className="grey small way-code-fact">
                {[label(one), one.params.length ? t("channels:gaps", { gaps: one.params.join(t("channels:and")) }) : ""]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            )}
          </div>
        );
      })}
      <div className="row">
        {missing.map((one) => (
          <Button key={one.code} size="small" onClick={() => onChange([...codes, [one.code, ""]])}>
            {t("channels:add_code", { code: label(one) })}
          </Button>
        ))}
        <Button size="small" type="text" onClick={() => onChange([...codes, ["", ""]])}>
          {t("channels:add_line")}
        </Button>
      </div>
    </div>
  );
}
