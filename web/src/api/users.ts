/** Accounts and organisations, for administrators. */
import type { Account, NewAccount, OneTimeCredentials, Organisation, Page } from "@/contract/platform";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";

/** How far an account is: disabled, not yet its user's own (password or authenticator), or in use. */
export function stateOf(account: Account): "active" | "invited" | "disabled" {
  if (account.disabled) return "disabled";
  return account.must_change_password || !account.totp_confirmed ? "invited" : "active";
}

export function list(q: string, cursor: string | null): Promise<Page<Account>> {
  return call("/users", { query: { q, cursor, limit: 50 } });
}

export function create(account: NewAccount): Promise<OneTimeCredentials> {
  return call("/users", { method: "POST", body: account });
}

export function setEnabled(user: UserId, on: boolean): Promise<Account> {
  return call(`/users/${encodeURIComponent(user)}/${on ? "enable" : "disable"}`, { method: "POST", body: {} });
}

export function resetCredentials(user: UserId): Promise<OneTimeCredentials> {
  return call(`/users/${encodeURIComponent(user)}/reset-credentials`, { method: "POST", body: {} });
}

export async function organisations(): Promise<readonly Organisation[]> {
  return (await call<Page<Organisation>>("/organisations", { query: { limit: 100 } })).items;
}
