import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api";
import { FieldError, Icon, toast, useProblemText } from "@/kit";
import { policyQuery, saveAddress } from "./api";

/** Where people and other programs reach this product: links in messages, callbacks and logging in are made from it. */
export function OwnAddress() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const policy = useQuery(policyQuery).data;
  const [typed, setTyped] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (address: string) => saveAddress(address),
    onSuccess: async () => {
      setTyped(null);
      toast({ text: t("saved") });
      await client.invalidateQueries();
    },
  });
  if (!policy) return null;
  if (typed === null) {
    return (
      <p className={policy.link_base ? "own-address" : "own-address own-address-none"}>
        <Icon name={policy.link_base ? "globe" : "warning"} size={15} />
        <span>
          {t(policy.link_base ? "channels:own_address" : "channels:own_address_none")}{" "}
          {policy.link_base && <b>{policy.link_base}</b>}
        </span>
        <Button size="small" onClick={() => setTyped(policy.link_base || window.location.origin)}>
          {t(policy.link_base ? "channels:change" : "channels:fill_in")}
        </Button>
      </p>
    );
  }
  return (
    <form
      className="own-address"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(typed.trim().replace(/\/+$/, ""));
      }}
    >
      <label htmlFor="own-address">{t("channels:own_address")}</label>
      <Input
        id="own-address"
        autoFocus
        value={typed}
        onChange={(event) => {
          save.reset();
          setTyped(event.target.value);
        }}
      />
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t("save")}
      </Button>
      <Button onClick={() => setTyped(null)}>{t("cancel")}</Button>
      <span className="grey small">{t("channels:own_address_fact")}</span>
      {save.error && (
        <FieldError>
          {save.error instanceof Problem && save.error.path === "link_base"
            ? t("channels:wrong_own")
            : text(save.error)}
        </FieldError>
      )}
    </form>
  );
}
