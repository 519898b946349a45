import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chip } from "@/kit";
import { matrixQuery } from "@/rooms/access/api";
import { grantOf, levelOf, mostHeldFirst } from "@/rooms/access/model";
import { useLabel } from "./api";

/** The roles that may write a field as it is published, or will be; they are changed where rights are designed. */
export function FieldEditors({ form, field }: { form: string; field: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const matrix = useQuery(matrixQuery).data;
  if (!matrix) return null;
  const may = mostHeldFirst(matrix.roles).filter((role) => {
    const grant = grantOf(role.current, form);
    const writes = grant?.rights.some((right) => right === "create" || right === "update");
    return writes && levelOf(grant, field) === "write";
  });
  return (
    <div className="labelled">
      <span className="row">
        <span className="grey-2 spread">{t("forms:who_edits")}</span>
        <Link to="/access" target="_blank">
          {t("forms:to_rights")}
        </Link>
      </span>
      <span className="inspector-chips">
        {may.length === 0 ? (
          <span className="grey">{t("forms:nobody_edits")}</span>
        ) : (
          may.map((role) => <Chip key={role.key}>{label(role)}</Chip>)
        )}
      </span>
    </div>
  );
}
