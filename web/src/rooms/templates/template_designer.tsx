import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Tabs, toast, usePhone } from "@/kit";
import { Designer, definitionsQuery, draftsQuery, useDraft } from "@/rooms/design";
import { useForm, useLabel } from "@/rooms/forms";
import { useSample } from "@/rooms/forms/use_sample";
import { type Asked, previewQuery } from "./api";
import { added, placeOf, put, removed, type TemplateTree, type Variant, variants } from "./model";
import { TemplatePalette } from "./palette";
import { Previews } from "./previews";
import { Settings } from "./settings";
import { type Sample, TryPanel } from "./try_panel";
import { useNames } from "./use_names";
import { Versions } from "./versions";
import { Whom } from "./whom";
import type { Insert } from "./words_editor";
import { WordsPanel } from "./words_panel";
import "@/rooms/forms/forms.css";
import "@/rooms/messages/messages.css";
import "./templates.css";

/** A template, drawn: its words per channel and language, and beside them what they say about a real record. */
export function TemplateDesignerPage() {
  const { key = "" } = useParams();
  return <TemplateDesigner key={key} template={key} />;
}

const MAIL: Variant = { channel: "mail", language: "zh", at: -1 };
const TABS = ["try", "settings", "whom", "versions"] as const;

function TemplateDesigner({ template }: { template: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const work = useDraft<TemplateTree>("template", template);
  const head = useQuery(definitionsQuery("template")).data?.find((one) => one.key === template);
  const others = (useQuery(draftsQuery).data ?? []).some((one) => !work.ids.includes(one.id));
  const audiences = useQuery(definitionsQuery("audience")).data;
  const tree = work.steps?.now ?? null;
  const [tab, setTab] = useState<(typeof TABS)[number]>("try");
  const [wanted, choose] = useState<Variant>(MAIL);
  const variant = (tree && variants(tree).find((one) => one.at === wanted.at)) ?? MAIL;
  const names = useNames(tree?.form ?? "");
  const hand = useRef<Insert | null>(null);

  const form = useForm(tree?.form ?? "");
  const first = useSample(tree?.form ?? "", form).sample;
  const [chosen, setChosen] = useState<Sample | null>(null);
  const sample = useMemo<Sample>(
    () =>
      chosen ?? {
        record: first && { id: first.id, label: first.title },
        audience: audiences?.find((one) => one.state !== "new")?.key ?? "",
      },
    [chosen, first, audiences],
  );
  const asked: Asked | null =
    tree && sample.record
      ? {
          tree,
          record_id: sample.record.id,
          channel: variant.channel,
          language: variant.language === "zh" ? "" : variant.language,
          audience: sample.audience,
        }
      : null;
  const preview = useQuery(previewQuery(useDeferredValue(useSlow(asked))));
  const wrong = useMemo(() => new Map((preview.data?.wrong ?? []).map((one) => [one.of, one.text])), [preview.data]);
  const put_ = (values: Parameters<typeof put>[2], place: string) =>
    work.act(t("templates:step_words"), (old) => put(old, variant, values), `${variant.at}.${place}`);
  const insert: Insert = (formula) => (hand.current ? hand.current(formula) : toast({ text: t("templates:where_to") }));
  return (
    <Designer
      work={work}
      name={tree ? label(tree) : template}
      backTo="/design/templates"
      number={head?.number ?? 0}
      othersWait={others}
      palette={
        tree && (
          <TemplatePalette
            tree={tree}
            chosen={variant}
            onChoose={(one) => {
              hand.current = null;
              choose(one);
            }}
            onAdd={(channel, language) => {
              const made = added(tree, channel, language);
              work.act(t("templates:step_add"), made.tree);
              choose(made.variant);
            }}
            names={names}
            insert={insert}
          />
        )
      }
      canvas={
        tree && (
          <div className="tpl-canvas">
            <WordsPanel
              key={variant.at}
              tree={tree}
              variant={variant}
              names={names}
              wrong={wrong}
              still={phone}
              onWords={put_}
              onRemove={() => {
                work.act(t("templates:step_remove"), (old) => removed(old, variant));
                choose(MAIL);
              }}
              onHand={(one) => {
                hand.current = one;
              }}
            />
            <h2 className="tpl-shown">
              {t("templates:shown_for", { name: sample.record?.label ?? t("templates:no_record") })}
            </h2>
            {asked && (
              <Previews
                found={preview.data}
                error={preview.isPlaceholderData ? null : preview.error}
                channel={variant.channel}
                names={names.names}
                still={preview.isPlaceholderData}
              />
            )}
            {!asked && <p className="grey">{t("templates:no_record_fact")}</p>}
          </div>
        )
      }
      inspector={
        tree && (
          <>
            <Tabs
              label={t("templates:beside")}
              active={tab}
              onChange={(key) => setTab(key as typeof tab)}
              items={TABS.map((key) => ({ key, label: t(`templates:tab_${key}`) }))}
            />
            {tab === "try" && (
              <TryPanel
                form={tree.form}
                sample={sample}
                onSample={setChosen}
                found={preview.data}
                asked={asked}
                names={names.names}
              />
            )}
            {tab === "settings" && <Settings tree={tree} act={work.act} />}
            {tab === "whom" && <Whom tree={tree} audience={sample.audience} />}
            {tab === "versions" && (
              <Versions
                tree={tree}
                onTake={(of, n) => work.act(t("templates:step_version", { n }), { ...of, template: tree.template })}
              />
            )}
          </>
        )
      }
      onProblem={(problem) => {
        const at = tree && placeOf(tree, problem.path);
        if (at) choose(at.variant);
        else setTab("settings");
      }}
      onFix={() => undefined}
    />
  );
}

/** What was drawn, as soon as one pauses. */
function useSlow<Value>(value: Value): Value {
  const [slow, setSlow] = useState(value);
  const stamp = JSON.stringify(value);
  const latest = useRef(value);
  latest.current = value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when it differs
  useEffect(() => {
    const timer = window.setTimeout(() => setSlow(latest.current), 250);
    return () => window.clearTimeout(timer);
  }, [stamp]);
  return slow;
}
