/** What a cell and a filter say to a person. */
import type { TableCell, TableColumn, TableDefinition, TableFilter, TableRow, TableTotal } from "@/contract/platform";
import { count, dateTimeWithSeconds, tableDateTime } from "@/kernel/format";

type Words = (key: string, params?: Record<string, unknown>) => string;

/** Nothing is –, zero is 0 (UX 7). */
export function cellText(column: TableColumn, cell: TableCell | undefined, t: Words): string {
  if (cell === null || cell === undefined || cell === "") return t("tables.nothing");
  switch (column.type) {
    case "enum":
      return column.options.find((option) => option.value === cell)?.label ?? String(cell);
    case "boolean":
      return t(cell === true ? "yes" : "no");
    case "time":
      return tableDateTime(String(cell));
    case "number":
      return typeof cell === "number" && Number.isInteger(cell) ? count(cell) : String(cell);
    case "text":
    case "date":
    case "reference":
    case "sealed":
      return String(cell);
  }
}

/** A cell of a row by its column's name; undefined if that column is not shown. */
export function cellOf(row: TableRow, columns: readonly TableColumn[], name: string): TableCell | undefined {
  const at = columns.findIndex((column) => column.name === name);
  return at < 0 ? undefined : row.cells[at];
}

/** The same as text; nothing is "". */
export function wordOf(row: TableRow, columns: readonly TableColumn[], name: string): string {
  return String(cellOf(row, columns, name) ?? "");
}

/** The word of an enum's cell; nothing is "". */
export function optionOf(row: TableRow, columns: readonly TableColumn[], name: string): string {
  const word = wordOf(row, columns, name);
  const column = columns.find((each) => each.name === name);
  return column?.options.find((option) => option.value === word)?.label ?? word;
}

/** The whole of what is shown shortened. */
export function cellTitle(column: TableColumn, cell: TableCell | undefined, t: Words): string {
  return column.type === "time" && typeof cell === "string" ? dateTimeWithSeconds(cell) : cellText(column, cell, t);
}

export function isRight(column: TableColumn): boolean {
  return column.type === "number";
}

function valueText(column: TableColumn, value: string, t: Words): string {
  if (column.type === "boolean") return t(value === "true" ? "yes" : "no");
  return cellText(column, value, t);
}

/** What a reference's id is called, as far as rows on the screen tell. */
export function namesOf(filter: TableFilter, columns: readonly TableColumn[], rows: readonly TableRow[]): ReadonlyMap<string, string> {
  const at = columns.findIndex((column) => column.name === filter.column);
  const found = rows.map((row): [string, string] => [row.references[filter.column] ?? "", String(row.cells[at] ?? "")]);
  return new Map(at < 0 ? [] : found.filter(([id]) => filter.values.includes(id)));
}

/** The words of a filter's chip: 状态：已看、候诊. */
export function filterText(filter: TableFilter, definition: TableDefinition, t: Words, names: ReadonlyMap<string, string> = new Map()): string {
  const column = definition.columns.find((each) => each.name === filter.column);
  if (column === undefined) return filter.column;
  const values = filter.values.map((value) => names.get(value) ?? valueText(column, value, t)).join(t("tables.separator"));
  return t(`tables.chip.${filter.operator}`, { column: column.label, values });
}

/** 1,234 行, 约 12,000 行: a number from statistics has two figures that count. */
export function totalText(total: TableTotal, t: Words): string {
  if (total.exact) return t("tables.total", { n: count(total.count), count: total.count });
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(total.count, 1))) - 1);
  return t("tables.about", { n: count(Math.round(total.count / step) * step), count: total.count });
}
