/** Putting a thing into the inboxes of those who may see it. */
import type { OrganisationId, UserId } from "@/kernel/ids";

import { call } from "./access";

/** What is forwarded, as its path names it. */
export type Forwarded = "questions" | "comments" | "sessions" | "recordings";
export type ForwardGroup = "all" | "experts" | "moderators";

function at(what: Forwarded, id: string): string {
  return `/${what}/${encodeURIComponent(id)}/forward`;
}

export function toPerson(what: Forwarded, id: string, user: UserId): Promise<undefined> {
  return call(at(what, id), { method: "POST", body: { user } });
}

export function toGroup(what: Forwarded, id: string, organisation: OrganisationId, group: ForwardGroup): Promise<undefined> {
  return call(at(what, id), { method: "POST", body: { organisation, group } });
}
