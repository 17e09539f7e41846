/** A list with tabs: one column of few words of which exactly one is always chosen. Pure. */
import type { TableAsking, TableColumn, TableDefinition, TableFilter } from "@/contract/platform";

/** The column whose words stand as tabs; none if this asker's list has no such column. */
export function tabColumn(definition: TableDefinition, tab: string | undefined): TableColumn | undefined {
  return definition.columns.find((column) => column.name === tab && column.operators.includes("is"));
}

/** The question with one word chosen: that of the question, else that of before, else the first. */
export function withTab(asking: TableAsking, definition: TableDefinition, tab: string | undefined, before: readonly TableFilter[] = []): TableAsking {
  const column = tabColumn(definition, tab);
  if (column === undefined || asking.filters.some((filter) => filter.column === column.name)) return asking;
  const kept = before.find((filter) => filter.column === column.name);
  const first: TableFilter = { column: column.name, operator: "is", values: column.options.slice(0, 1).map((option) => option.value) };
  return { ...asking, filters: [kept ?? first, ...asking.filters] };
}

/** What is asked beside the tab. */
export function besideTab(filters: readonly TableFilter[], tab: string | undefined): readonly TableFilter[] {
  return filters.filter((filter) => filter.column !== tab);
}
