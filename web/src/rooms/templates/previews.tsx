import { useTranslation } from "react-i18next";
import { Chip, Icon, Lines, useProblemText } from "@/kit";
import type { Preview } from "./api";
import { Pieces } from "./pieces";

/** The same message on a computer and on a phone, side by side; an SMS as the phone shows it, with its length. */
export function Previews({
  found,
  error,
  channel,
  names,
  still,
}: {
  found: Preview | undefined;
  error: unknown;
  channel: string;
  names: ReadonlyMap<string, string>;
  /** of what was drawn before */
  still: boolean;
}) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (error) return <p className="bad">{problemText(error)}</p>;
  if (!found) return <Lines rows={5} />;
  const to = found.reached.find((one) => one.channel === channel && one.address);
  const who = to ? `${to.name ?? ""} <${to.address ?? ""}>` : t("templates:nobody");
  const subject = <Pieces of={found.subject} names={names} />;
  const body = <Pieces of={found.body} names={names} />;
  if (channel === "sms")
    return (
      <div className={still ? "tpl-papers tpl-still" : "tpl-papers"}>
        <figure className="tpl-phone" aria-label={t("templates:on_phone")}>
          <figcaption className="grey small">
            {t("templates:sms_to", { who: to?.name ?? t("templates:nobody") })}
          </figcaption>
          <p className="tpl-bubble">{body}</p>
        </figure>
        <div className="tpl-sms">
          {found.size && <Size size={found.size} />}
          {found.params.length > 0 && (
            <dl className="tpl-params">
              {found.params.map((one) => (
                <div key={one.name}>
                  <dt className="mono">{one.name}</dt>
                  <dd>
                    <Pieces of={one.pieces} names={names} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          <p className="grey small">{t("templates:sms_fact")}</p>
        </div>
      </div>
    );
  return (
    <div className={still ? "tpl-papers tpl-still" : "tpl-papers"}>
      {!found.own && (
        <p className="grey small tpl-borrowed">
          <Icon name="info" size={13} /> {t("templates:borrowed")}
        </p>
      )}
      <figure className="tpl-desktop" aria-label={t("templates:on_desktop")}>
        <figcaption className="grey small cut">
          {t("templates:to")} {who}
        </figcaption>
        <h3>{subject}</h3>
        <p className="tpl-body">{body}</p>
      </figure>
      <figure className="tpl-phone" aria-label={t("templates:on_phone")}>
        <figcaption className="grey small cut">{to?.name ?? t("templates:nobody")}</figcaption>
        <h4>{subject}</h4>
        <p className="tpl-body">{body}</p>
      </figure>
    </div>
  );
}

/** How long, how many are paid for, and what one costs where that is known. */
function Size({ size }: { size: NonNullable<Preview["size"]> }) {
  const { t } = useTranslation();
  const limit = size.parts <= 1 ? 70 : 67 * size.parts;
  return (
    <p className="tpl-size" data-testid="sms-size">
      <b>{t("templates:sms_units", { count: size.units })}</b>
      <Chip tone={size.parts > 1 ? "warn" : "brand"} icon={size.parts > 1 ? "copy" : "check"}>
        {t("templates:sms_parts", { count: size.parts })}
      </Chip>
      <span className="grey">
        {size.parts > 0 && t("templates:sms_left", { count: limit - size.units })}
        {size.price !== null && ` · ${t("templates:sms_price", { price: size.price.toFixed(3) })}`}
      </span>
    </p>
  );
}
