/** Accounts, for administrators. */
import type { Account, AccountChange, NewAccount, OneTimeCredentials, Person } from "@/contract/platform";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";

/** Found by name, its sound or account in one's own organisation and below. */
export async function findBelow(text: string): Promise<readonly Person[]> {
  return (await call<{ items: readonly Person[] }>("/people", { query: { text, below: "true" } })).items;
}

export function create(account: NewAccount): Promise<OneTimeCredentials> {
  return call("/users", { method: "POST", body: account });
}

export function account(user: UserId): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}`);
}

export function change(user: UserId, words: AccountChange): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}`, { method: "PATCH", body: words });
}

export function setEnabled(user: UserId, on: boolean): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}/${on ? "enable" : "disable"}`, { method: "POST", body: {} });
}

export function resetCredentials(user: UserId): Promise<OneTimeCredentials> {
  return call(`/users/${encodeURIComponent(user)}/reset-credentials`, { method: "POST", body: {} });
}
