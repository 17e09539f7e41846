/** Accounts and organisations, for administrators. */
import type { Organisation, Page, RoleName } from "@/contract/platform";
import type { OrganisationId, UserId } from "@/kernel/ids";

import { call } from "./access";

export interface Account {
  readonly id: UserId;
  readonly name: string;
  readonly username: string;
  readonly organisation: Organisation;
  readonly roles: readonly RoleName[];
  readonly state: "active" | "invited" | "disabled";
  readonly totp: boolean;
}

export interface NewAccount {
  readonly name: string;
  readonly username: string;
  readonly organisation: OrganisationId;
  readonly roles: readonly RoleName[];
}

export interface OneTimeCredentials {
  readonly user: Account;
  readonly one_time_password: string;
}

export function list(q: string, cursor: string | null): Promise<Page<Account>> {
  return call("/users", { query: { q, cursor, limit: 50 } });
}

export function create(account: NewAccount): Promise<OneTimeCredentials> {
  return call("/users", { method: "POST", body: account });
}

export function setEnabled(user: UserId, on: boolean): Promise<undefined> {
  return call(`/users/${encodeURIComponent(user)}/${on ? "enable" : "disable"}`, { method: "POST", body: {} });
}

export function resetCredentials(user: UserId): Promise<OneTimeCredentials> {
  return call(`/users/${encodeURIComponent(user)}/reset-credentials`, { method: "POST", body: {} });
}

export async function organisations(): Promise<readonly Organisation[]> {
  return (await call<{ items: Organisation[] }>("/organisations")).items;
}
