import { Button, DatePicker, Popover, TimePicker } from "antd";
import dayjs from "dayjs";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Icon, Notice, useClock, usePhone } from "@/kit";
import { type Form, useForm } from "@/rooms/forms";
import { dayBefore, endOfLastMonth, isMoment, readable } from "./model";
import "./history.css";

/** The moment that the address asks for (`at=2026-09-30` or with a time), null for now and for what is still to come. */
export function useAt(): string | null {
  const [params] = useSearchParams();
  const { today } = useClock();
  const at = params.get("at") ?? "";
  return isMoment(at) && at.slice(0, 10) <= today ? at : null;
}

/** The form; while the past is shown nobody creates, changes or deletes. */
export function useFormThen(key: string): Form | undefined {
  const form = useForm(key);
  const at = useAt();
  return useMemo(() => (form && at ? { ...form, may: [] } : form), [form, at]);
}

/** To what was deleted of a form, for who may bring it back. */
export function BinLink({ form }: { form: Form }) {
  const { t } = useTranslation();
  if (!form.may.includes("delete")) return null;
  return (
    <Link to={`/r/${form.key}/deleted`} className="icon-button" aria-label={t("history:bin")} title={t("history:bin")}>
      <Icon name="trash" size={16} />
    </Link>
  );
}

function useGo() {
  const [, setParams] = useSearchParams();
  return (at: string | null) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (at) next.set("at", at);
      else next.delete("at");
      next.delete("new");
      return next;
    });
}

/** 「截至今天」: opens a day and a time; what is shown is then of that moment. */
export function AsOfButton() {
  const { t } = useTranslation();
  const { today } = useClock();
  const at = useAt();
  const go = useGo();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const [day, setDay] = useState("");
  const [time, setTime] = useState("");
  const said = at ? t("history:as_of", { at: readable(at) }) : t("history:as_of_today");
  const look = (moment: string | null) => {
    setOpen(false);
    go(moment);
  };
  return (
    <Popover
      open={open}
      onOpenChange={(now) => {
        setDay(at?.slice(0, 10) ?? dayBefore(today));
        setTime(at?.slice(11) ?? "");
        setOpen(now);
      }}
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      content={
        <form
          className="pop past-pick"
          onSubmit={(e) => {
            e.preventDefault();
            look(time ? `${day}T${time}` : day);
          }}
        >
          <div className="row">
            <DatePicker
              allowClear={false}
              aria-label={t("history:day")}
              value={dayjs(day)}
              disabledDate={(one) => one.format("YYYY-MM-DD") > today}
              onChange={(one) => one && setDay(one.format("YYYY-MM-DD"))}
            />
            <TimePicker
              format="HH:mm"
              aria-label={t("history:time")}
              placeholder={t("history:whole_day")}
              value={time ? dayjs(`${day}T${time}`) : null}
              onChange={(one) => setTime(one ? one.format("HH:mm") : "")}
            />
          </div>
          <div className="row">
            <Button size="small" onClick={() => look(dayBefore(today))}>
              {t("history:yesterday")}
            </Button>
            <Button size="small" onClick={() => look(endOfLastMonth(today))}>
              {t("history:last_month")}
            </Button>
            <span className="spread" />
            {at && (
              <Button size="small" type="text" onClick={() => look(null)}>
                {t("history:back_to_now")}
              </Button>
            )}
            <Button size="small" type="primary" htmlType="submit">
              {t("history:look")}
            </Button>
          </div>
        </form>
      }
    >
      <Button
        className={at ? "tinted" : undefined}
        icon={<Icon name="history" size={phone ? 18 : 15} />}
        aria-label={said}
      >
        {phone ? null : said}
      </Button>
    </Popover>
  );
}

/** Says that what is shown is of then, and leads back. */
export function AsOfBar() {
  const { t } = useTranslation();
  const at = useAt();
  const go = useGo();
  if (!at) return null;
  return (
    <Notice
      tone="info"
      icon="history"
      action={
        <Button type="link" size="small" onClick={() => go(null)}>
          {t("history:back_to_now")}
        </Button>
      }
    >
      <b>{t("history:looking_at", { at: readable(at) })}</b> <span>{t("history:by_today")}</span>
    </Notice>
  );
}
