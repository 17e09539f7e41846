/** Lists as data: what they are, their rows, saved views, and files made of them. */
import type { ExportDraft, ExportItem, SavedView, TableAsking, TableCell, TableDefinition, TableFilter, TableRows, TableTotal } from "@/contract/platform";

import { call, callForBlob } from "./access";

const ROWS = 100;
/** Who goes on wants more at once. */
const MORE_ROWS = 200;

function at(table: string, ...more: readonly string[]): string {
  return ["/tables", table, ...more].map((part, place) => (place === 0 ? part : encodeURIComponent(part))).join("/");
}

export function definition(table: string): Promise<TableDefinition> {
  return call(at(table));
}

export function rows(table: string, asking: TableAsking, cursor: string | null): Promise<TableRows> {
  return call(at(table, "rows"), { method: "POST", body: { ...asking, cursor, limit: cursor === null ? ROWS : MORE_ROWS } });
}

/** The first few rows of a list with its usual columns. */
export function first(table: string, filters: readonly TableFilter[], limit: number): Promise<TableRows> {
  return call(at(table, "rows"), { method: "POST", body: { filters, limit } });
}

/** The first few rows that a list's own search finds. */
export function found(table: string, text: string, columns: readonly string[], limit: number): Promise<TableRows> {
  return call(at(table, "rows"), { method: "POST", body: { text, columns, limit } });
}

/** How many rows a list has of such a kind; not whose they are, and not on record. */
export function count(table: string, filters: readonly TableFilter[]): Promise<TableTotal> {
  return call(at(table, "count"), { method: "POST", body: { filters } });
}

/** One masked value as it is: by right, and on record. */
export async function reveal(table: string, key: string, column: string): Promise<TableCell> {
  const answer = await call<{ value: TableCell }>(at(table, "rows", key, "reveal"), { method: "POST", body: { column } });
  return answer.value;
}

export async function views(table: string): Promise<readonly SavedView[]> {
  return (await call<{ items: readonly SavedView[] }>(at(table, "views"))).items;
}

export function saveView(table: string, name: string, shared: boolean, asking: TableAsking): Promise<SavedView> {
  return call(at(table, "views"), { method: "POST", body: { name, shared, asking } });
}

export function removeView(table: string, view: string): Promise<void> {
  return call(at(table, "views", view), { method: "DELETE" });
}

export function askExport(table: string, draft: ExportDraft): Promise<ExportItem> {
  return call(at(table, "exports"), { method: "POST", body: draft });
}

export function decideExport(id: string, agreed: boolean, reason: string): Promise<ExportItem> {
  return call(`/exports/${encodeURIComponent(id)}/decision`, { method: "POST", body: { agreed, reason } });
}

export function cancelExport(id: string): Promise<ExportItem> {
  return call(`/exports/${encodeURIComponent(id)}/cancel`, { method: "POST" });
}

export function exportFile(id: string): Promise<Blob> {
  return callForBlob(`/exports/${encodeURIComponent(id)}/file`);
}
