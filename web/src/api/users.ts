/** Accounts, for administrators. */
import type { Account, AccountChange, NewAccount, OneTimeCredentials } from "@/contract/platform";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";

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
