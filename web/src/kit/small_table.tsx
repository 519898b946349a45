import type { ReactNode } from "react";

/** The head of a column: a text, one above figures, or one that only a screen reader says. */
type Column = string | { right: string } | { sr: string };

/** A plain table under its heads; children are the rows. One that `scrolls` may be wider than its card. */
export function SmallTable({
  columns,
  className,
  scrolls = false,
  children,
}: {
  columns: readonly Column[];
  className?: string;
  scrolls?: boolean;
  children: ReactNode;
}) {
  const table = (
    <table className={className ? `small-table ${className}` : "small-table"}>
      <thead>
        <tr>
          {columns.map((column, at) =>
            typeof column === "string" ? (
              <th key={at} scope="col">
                {column}
              </th>
            ) : "right" in column ? (
              <th key={at} scope="col" className="right">
                {column.right}
              </th>
            ) : (
              <th key={at} scope="col">
                <span className="sr">{column.sr}</span>
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
  return scrolls ? <div className="related">{table}</div> : table;
}
