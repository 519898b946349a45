import { queryOptions } from "@tanstack/react-query";
import { api, keys } from "@/api";

export type ChartKind = "metric" | "line" | "bar" | "pie" | "table";

export interface Measure {
  key: string;
  label: string;
  label_en: string;
  aggregate: "count" | "sum" | "average" | "min" | "max" | "ratio";
  /** how its values are shown: count, ratio, money, number, percent, … */
  display: string;
}

/** A value with the number of records behind it; a ratio (0..1) with both its terms and the records behind each. */
export interface Figure {
  value: string | null;
  rows: number;
  over?: string | null;
  base?: string | null;
  over_rows?: number | null;
}

export type By = string | number | boolean | null;

export interface Row {
  by: By;
  label: string | null;
  /** still unfinished: this month */
  running: boolean;
  /** all groups beyond the chart's limit together: 其他 */
  other: boolean;
  values: Record<string, Figure>;
}

export interface Chart {
  key: string;
  label: string;
  label_en: string;
  kind: ChartKind;
  form: string;
  /** of 12 columns */
  span: number;
  about: string;
  about_en: string;
  by: string;
  by_kind: string;
  measures: Measure[];
  rows: Row[];
  problem: string | null;
}

export interface Dashboard {
  key: string;
  label: string;
  label_en: string;
  charts: Chart[];
  /** the moment of the data */
  at: string;
}

export const dashboardQuery = (key: string) =>
  queryOptions({
    queryKey: keys.dashboard(key, null),
    queryFn: ({ signal }) => api.get<Dashboard>(`/dashboards/${key}`, signal),
    staleTime: 60_000,
  });

/**
 * Which figure: of one group (`grouped`, its value in `by`), of the groups that are not `besides`, of one measure, or
 * all records of the chart. Of a ratio its base, or with `term` its numerator.
 */
export interface Pick {
  chart: string;
  measure?: string | null;
  grouped?: boolean;
  by?: By;
  besides?: By[];
  term?: "base" | "over";
}

/** The list that holds exactly the records behind a figure. */
export const drill = (dashboard: string, pick: Pick) =>
  api.post<{ form: string; filter: string }>(`/dashboards/${dashboard}/drill`, pick);
