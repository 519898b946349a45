import { useQuery } from "@tanstack/react-query";
import { Navigate } from "react-router";
import { successorQuery } from "./api";

/** The old link of a merged record leads to the one that it has become. */
export function MergedInto({ form, id }: { form: string; id: number }) {
  const successor = useQuery({ ...successorQuery(form, id), retry: false }).data?.id;
  return successor ? <Navigate to={`/r/${form}/${successor}`} replace /> : null;
}
