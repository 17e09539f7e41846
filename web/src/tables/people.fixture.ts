/** A list for the tests. */
import type { TableColumn, TableDefinition } from "@/contract/platform";

function column(name: string, type: TableColumn["type"], operators: TableColumn["operators"], more: Partial<TableColumn> = {}): TableColumn {
  return { name, type, label: name, level: 3, masking: null, may_unmask: false, sortable: false, operators, options: [], shown: true, choosable: true, ...more };
}

export const PEOPLE: TableDefinition = {
  name: "people",
  title: "患者",
  sort: { column: "seen_at", descending: true },
  searchable: true,
  may_export: true,
  may_share: false,
  columns: [
    column("name", "text", ["has", "is"], { sortable: true }),
    column("phone", "text", [], { masking: "phone", level: 4 }),
    column("citizen", "sealed", ["is"], { masking: "identity", level: 5, may_unmask: true }),
    column("age", "number", ["empty", "filled", "from", "is", "to"], { sortable: true }),
    column("born_on", "date", ["from", "to"]),
    column("seen_at", "time", ["from", "to"], { sortable: true }),
    column("state", "enum", ["is"], { options: [{ value: "seen", label: "已看" }, { value: "waiting", label: "候诊" }] }),
    column("urgent", "boolean", ["is"]),
  ],
};
