/** A filter while it is being filled in. */
import type { TableColumn, TableFilter, TableOperator } from "@/contract/platform";
import { fromWallClock, toWallClock } from "@/kernel/format";

export interface FilterDraft {
  text: string;
  values: string[];
  from: string;
  to: string;
  presence: "" | "empty" | "filled";
}

const DAY_MS = 86_400_000;

function dayOf(value: string): string {
  return value.includes("T") ? toWallClock(value).slice(0, 10) : value;
}

/** What is asked of this column now. The end of a day is the begin of the next: lists ask for what lies before. */
export function draftOf(filters: readonly TableFilter[], column: string): FilterDraft {
  const draft: FilterDraft = { text: "", values: [], from: "", to: "", presence: "" };
  for (const filter of filters.filter((each) => each.column === column)) {
    const [value = ""] = filter.values;
    if (filter.operator === "is" || filter.operator === "has") Object.assign(draft, { text: value, values: [...filter.values] });
    else if (filter.operator === "from") draft.from = dayOf(value);
    else if (filter.operator === "to") draft.to = value.includes("T") ? dayOf(new Date(new Date(value).getTime() - DAY_MS).toISOString()) : value;
    else draft.presence = filter.operator;
  }
  return draft;
}

function one(column: TableColumn, operator: TableOperator, value: string): TableFilter[] {
  return value.trim() === "" || !column.operators.includes(operator) ? [] : [{ column: column.name, operator, values: [value.trim()] }];
}

function startOf(day: string): string {
  return day === "" ? "" : fromWallClock(`${day}T00:00`);
}

function endOf(day: string): string {
  return day === "" ? "" : new Date(new Date(startOf(day)).getTime() + DAY_MS).toISOString();
}

/** The filters that a draft means; nothing filled in: none. */
export function filtersOf(column: TableColumn, draft: FilterDraft): readonly TableFilter[] {
  if (draft.presence !== "") return [{ column: column.name, operator: draft.presence, values: [] }];
  switch (column.type) {
    case "enum":
    case "reference":
      return draft.values.length === 0 ? [] : [{ column: column.name, operator: "is", values: [...draft.values] }];
    case "time":
      return [...one(column, "from", startOf(draft.from)), ...one(column, "to", endOf(draft.to))];
    case "date":
    case "number":
      return [...one(column, "from", draft.from), ...one(column, "to", draft.to)];
    case "text":
      return one(column, column.operators.includes("has") ? "has" : "is", draft.text);
    case "boolean":
    case "sealed":
      return one(column, "is", draft.text);
  }
}
