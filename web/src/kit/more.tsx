import { Button } from "antd";

/** The next page of a list that is fetched in pages. Ask `hasNextPage` first. */
export function More({
  of,
  label,
}: {
  of: { isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
  label: string;
}) {
  return (
    <Button size="small" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
      {label}
    </Button>
  );
}
