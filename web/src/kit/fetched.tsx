import type { ReactNode } from "react";
import { Failure, Lines, NotRefreshed } from "./states";

/** What this asks of a query: TanStack's results are such. */
interface Asked<T> {
  isError: boolean;
  error: unknown;
  data: T | undefined;
  refetch: () => unknown;
}

/** What a query found: its failure with a way to try again, lines until it is there, `none` instead of nothing. What is
 * there stays when it cannot be read again, and says so. */
export function Fetched<T>({
  of,
  rows,
  height,
  none,
  children,
}: {
  of: Asked<T>;
  rows: number;
  height?: number;
  none?: ReactNode;
  children: (data: NonNullable<T>) => ReactNode;
}) {
  const again = () => void of.refetch();
  if (!of.data) {
    return of.isError ? <Failure error={of.error} retry={again} /> : <Lines rows={rows} height={height} />;
  }
  const shown = none || children(of.data);
  if (!of.isError) return shown;
  return (
    <>
      <NotRefreshed retry={again} />
      {shown}
    </>
  );
}
