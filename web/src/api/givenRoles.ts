/** Roles for a node and a period, for whoever keeps the node. */
import type { GivenRole, GivenRoleDraft } from "@/contract/platform";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";

export async function ofUser(user: UserId): Promise<readonly GivenRole[]> {
  return (await call<{ items: readonly GivenRole[] }>(`/users/${encodeURIComponent(user)}/given-roles`)).items;
}

export function give(user: UserId, draft: GivenRoleDraft): Promise<GivenRole> {
  return call(`/users/${encodeURIComponent(user)}/given-roles`, { method: "POST", body: draft });
}

export function end(given: string): Promise<GivenRole> {
  return call(`/given-roles/${encodeURIComponent(given)}/end`, { method: "POST", body: {} });
}
