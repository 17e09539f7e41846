/** The three duties, for the security administrator. */
import type { Account, Duty, DutyHolder, Page } from "@/contract/platform";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";

export interface Held {
  readonly items: readonly DutyHolder[];
  readonly vacant: readonly Duty[];
}

const FOUND = 20;

export function duties(): Promise<Held> {
  return call("/duties");
}

export function appoint(user: UserId, duty: Duty): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}/duty`, { method: "PUT", body: { duty } });
}

export function dismiss(user: UserId): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}/duty`, { method: "DELETE" });
}

/** Accounts whose name or user name has the words. */
export async function people(words: string): Promise<readonly Account[]> {
  return (await call<Page<Account>>("/users", { query: { q: words, limit: FOUND } })).items;
}
