/** What waits for the person signed in. */
import type { InboxCounts, InboxItem, InboxState, Page } from "@/contract/platform";

import { call } from "./access";

const ROWS = 50;

export function items(state: InboxState, cursor: string | null, limit = ROWS): Promise<Page<InboxItem>> {
  return call("/inbox", { query: { state, cursor, limit } });
}

/** The figures; with known ones the answer waits until they change, or for a quarter of a minute. */
export function badge(known: InboxCounts | null, signal: AbortSignal): Promise<InboxCounts> {
  return call("/inbox/badge", { query: { ...known }, signal });
}

export function read(item: string, on: boolean): Promise<undefined> {
  return call(`/inbox/${encodeURIComponent(item)}/read`, { method: on ? "PUT" : "DELETE" });
}

export function readAll(): Promise<undefined> {
  return call("/inbox/read", { method: "POST", body: {} });
}
