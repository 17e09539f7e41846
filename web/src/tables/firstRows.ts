/** The first rows of a list for a card of the home page. */
import * as api from "@/api/tables";
import type { TableFilter, TableRows } from "@/contract/platform";

export interface FirstRow {
  readonly key: string;
  /** The cell of this column as text; nothing is "". */
  readonly word: (column: string) => string;
}

export interface FirstRows {
  readonly rows: readonly FirstRow[];
  /** How many there are in all. */
  readonly many: number;
}

export function asFirstRows(found: TableRows): FirstRows {
  const at = new Map(found.columns.map((name, index) => [name, index]));
  return {
    rows: found.rows.map(({ key, cells }) => ({ key, word: (column) => String(cells[at.get(column) ?? -1] ?? "") })),
    many: found.total?.count ?? found.rows.length,
  };
}

export async function firstRows(table: string, filters: readonly TableFilter[], limit: number): Promise<FirstRows> {
  return asFirstRows(await api.first(table, filters, limit));
}
