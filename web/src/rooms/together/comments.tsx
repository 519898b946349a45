import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { keys } from "@/api";
import { Empty, Face, Fetched, Moment, More, toast, useProblemText } from "@/kit";
import { type Comment, changeComment, commentsKey, commentsQuery, removeComment, restoreComment, say } from "./api";
import { Composer } from "./composer";
import { useLive } from "./live";
import { pieces } from "./model";
import "./together.css";

/** What people say at a record, newest first; a link with `comment=` leads to one of them. */
export function Comments({ form, id }: { form: string; id: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const target = Number(useSearchParams()[0].get("comment"));
  const [editing, setEditing] = useState<number | null>(null);
  const found = useInfiniteQuery(commentsQuery(form, id));
  const again = () => client.invalidateQueries({ queryKey: commentsKey(form, id) });
  useLive(form, () => void again(), ["talk"]);
  const rows = found.data?.pages.flat() ?? [];
  const there = rows.some((one) => one.id === target);
  const older = found.hasNextPage && !found.isFetchingNextPage;
  useEffect(() => {
    // the one that the link means may stand further back
    if (target && !there && older) void found.fetchNextPage();
  }, [target, there, older, found.fetchNextPage]);

  const failed = (error: unknown) => toast({ text: problemText(error), tone: "bad" });
  const save = useMutation({
    mutationFn: ({ comment, ...said }: { comment: number | null; text: string; mentions: number[] }) =>
      comment === null ? say(form, id, said) : changeComment(form, id, comment, said),
    onSuccess: async () => {
      setEditing(null);
      await again();
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: (comment: number) => removeComment(form, id, comment),
    onSuccess: async (_, comment) => {
      await again();
      toast({
        text: t("together:removed"),
        undo: async () => {
          await restoreComment(form, id, comment);
          await again();
        },
      });
    },
    onError: failed,
  });
  const told = (comment: number | null) => async (said: { text: string; mentions: number[] }) => {
    try {
      await save.mutateAsync({ comment, ...said });
      void client.invalidateQueries({ queryKey: keys.notices });
      return true;
    } catch {
      return false;
    }
  };

  return (
    <section className="comments" aria-label={t("together:comments")}>
      <Composer
        form={form}
        id={id}
        submit={t("together:say")}
        saving={save.isPending && editing === null}
        onSay={told(null)}
      />
      <Fetched of={found} rows={3} none={rows.length === 0 && <Empty>{t("together:none")}</Empty>}>
        {() => (
          <ol className="comments-list">
            {rows.map((one) => (
              <Said
                key={one.id}
                one={one}
                target={one.id === target}
                onEdit={() => setEditing(one.id)}
                onRemove={() => remove.mutate(one.id)}
              >
                {editing === one.id && (
                  <Composer
                    form={form}
                    id={id}
                    text={one.text}
                    submit={t("save")}
                    saving={save.isPending}
                    onSay={told(one.id)}
                    onCancel={() => setEditing(null)}
                  />
                )}
              </Said>
            ))}
          </ol>
        )}
      </Fetched>
      {found.hasNextPage && (
        <p className="comments-more">
          <More of={found} label={t("together:older")} />
        </p>
      )}
    </section>
  );
}

function Said({
  one,
  target,
  onEdit,
  onRemove,
  children,
}: {
  one: Comment;
  target: boolean;
  onEdit: () => void;
  onRemove: () => void;
  children: React.ReactNode;
}) {
  const { t } = useTranslation();
  const here = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (target) here.current?.scrollIntoView({ block: "center" });
  }, [target]);
  return (
    <li ref={here} className={target ? "comment comment-meant" : "comment"} id={`comment-${one.id}`}>
      <Face name={one.author.name} size={28} />
      <div className="spread">
        <p className="row">
          <b className="cut">{one.author.name}</b>
          <span className="grey small">
            <Moment value={one.at} />
          </span>
          {one.edited_at && <span className="grey small">{t("together:edited")}</span>}
          <span className="spread" />
          {one.mine && !children && (
            <>
              <Button size="small" type="text" onClick={onEdit}>
                {t("together:edit")}
              </Button>
              <Button size="small" type="text" onClick={onRemove}>
                {t("together:remove")}
              </Button>
            </>
          )}
        </p>
        {children || (
          <p className="comment-text">
            {pieces(one.text, one.mentions).map((piece, at) =>
              typeof piece === "string" ? (
                piece
              ) : (
                <span key={at} className="mention">
                  @{piece.name}
                </span>
              ),
            )}
          </p>
        )}
      </div>
    </li>
  );
}
