import type { ReactNode } from "react";
import { Failure, Lines } from "./states";

/** What this asks of a query: TanStack's results are such. */
interface Asked<T> {
  isError: boolean;
  error: unknown;
  data: T | undefined;
  refetch: () => unknown;
}

/** What a query found: its failure with a way to try again, lines until it is there, `none` instead of nothing. */
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
  if (of.isError) return <Failure error={of.error} retry={() => void of.refetch()} />;
  if (!of.data) return <Lines rows={rows} height={height} />;
  return none || children(of.data);
}
