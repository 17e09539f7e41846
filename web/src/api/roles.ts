/** Roles, what each permits, who holds it; those composed by a security administrator. */
import type { GivenRole, Page, RoleHolder, RoleItem, RoleList, RoleWords } from "@/contract/platform";
import type { OrganisationId, UserId } from "@/kernel/ids";

import { call } from "./access";

const FOUND = 100;

export interface ComposedDraft {
  readonly organisation: OrganisationId;
  readonly role: string;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
}

export function roles(): Promise<RoleList> {
  return call("/roles");
}

export function holders(role: string, cursor: string | null = null): Promise<Page<RoleHolder>> {
  return call("/role-holders", { query: { role, limit: FOUND, ...(cursor !== null && { cursor }) } });
}

export function compose(organisation: OrganisationId, words: RoleWords): Promise<RoleItem> {
  return call("/roles", { method: "POST", body: { ...words, organisation } });
}

export function change(role: string, words: RoleWords, revision: number): Promise<RoleItem> {
  return call(`/roles/${encodeURIComponent(role)}`, { method: "PATCH", body: { ...words, revision } });
}

export function retire(role: string): Promise<undefined> {
  return call(`/roles/${encodeURIComponent(role)}/retire`, { method: "POST", body: {} });
}

export function give(user: UserId, draft: ComposedDraft): Promise<GivenRole> {
  return call(`/users/${encodeURIComponent(user)}/composed-roles`, { method: "POST", body: draft });
}
