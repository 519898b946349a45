import { useQuery } from "@tanstack/react-query";
import { Navigate, useLocation } from "react-router";
import { successorQuery } from "./api";

/** The old link of a merged record leads to the one that it has become. */
export function MergedInto({ form, id }: { form: string; id: number }) {
  const { search, hash } = useLocation();
  const successor = useQuery({ ...successorQuery(form, id), retry: false }).data?.id;
  return successor ? <Navigate to={{ pathname: `/r/${form}/${successor}`, search, hash }} replace /> : null;
}
