/**
 * A list's question in the address, for what one may send to a colleague. What somebody typed stays out of it:
 * it may be a patient's name, and addresses are written down everywhere.
 */
import type { TableAsking, TableColumn, TableDefinition, TableFilter, TableOperator } from "@/contract/platform";

export type AddressQuery = Readonly<Record<string, string | readonly (string | null)[] | null | undefined>>;

const OPERATORS: ReadonlySet<string> = new Set(["is", "has", "from", "to", "empty", "filled"] satisfies TableOperator[]);
const TYPED: ReadonlySet<string> = new Set(["text", "sealed"] satisfies TableColumn["type"][]);
export const NOTHING: TableAsking = { filters: [], text: "", sort: null, columns: [] };

/** Whether a filter may stand in the address. */
export function isPublic(filter: TableFilter, definition: TableDefinition): boolean {
  const column = definition.columns.find((each) => each.name === filter.column);
  return column !== undefined && (!TYPED.has(column.type) || filter.values.length === 0);
}

/** `f=state:is:seen`, one for each value; `sort=-age`. */
export function toAddress(asking: TableAsking, definition: TableDefinition): Record<string, string | string[]> {
  const shown = asking.filters.filter((filter) => isPublic(filter, definition));
  const f = shown.flatMap(({ column, operator, values }) => (values.length === 0 ? [""] : values).map((value) => `${column}:${operator}:${value}`));
  return {
    ...(f.length > 0 && { f }),
    ...(asking.sort !== null && { sort: `${asking.sort.descending ? "-" : ""}${asking.sort.column}` }),
    ...(asking.columns.length > 0 && { cols: asking.columns.join(".") }),
  };
}

function listOf(value: AddressQuery[string]): readonly string[] {
  const all = typeof value === "string" ? [value] : (value ?? []);
  return all.filter((each): each is string => each !== null);
}

function filtersOf(query: AddressQuery): TableFilter[] {
  const found = new Map<string, TableFilter>();
  for (const text of listOf(query["f"])) {
    const [, column = "", operator = "", value = ""] = /^([a-z0-9_]+):([a-z]+):(.*)$/u.exec(text) ?? [];
    if (!OPERATORS.has(operator)) continue;
    const key = `${column}:${operator}`;
    const before = found.get(key)?.values ?? [];
    found.set(key, { column, operator: operator as TableOperator, values: value === "" ? before : [...before, value] });
  }
  return [...found.values()];
}

/** What an address asks of this list; what the list does not know is left out. */
export function fromAddress(query: AddressQuery, definition: TableDefinition): TableAsking {
  const known = new Map(definition.columns.map((column) => [column.name, column]));
  const [sort = ""] = listOf(query["sort"]);
  const sortColumn = known.get(sort.replace(/^-/u, ""));
  const [columns = ""] = listOf(query["cols"]);
  return {
    ...NOTHING,
    filters: filtersOf(query).filter(({ column, operator }) => known.get(column)?.operators.includes(operator) === true),
    sort: sortColumn?.sortable === true ? { column: sortColumn.name, descending: sort.startsWith("-") } : null,
    columns: [...new Set(columns.split("."))].filter((name) => known.has(name)),
  };
}

/** The filters that stay when the address changes: those that are not in it. */
export function hiddenFilters(asking: TableAsking, definition: TableDefinition): readonly TableFilter[] {
  return asking.filters.filter((filter) => !isPublic(filter, definition));
}
