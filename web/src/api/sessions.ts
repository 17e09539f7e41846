/** Teaching sessions: programme, plan, life, materials, commentators, sharing, a place in the room. */
import type {
  BodyPart, Commentator, KeptShare, MadeInvitation, NewCommentator, Page, ProcedureForm, ProgrammeTab, RoomGrant, Session, SessionPlan, Share, ShareEntrance,
  ShareFacts, StoredFile,
} from "@/contract/platform";
import type { FileId, InvitationId, SessionId } from "@/kernel/ids";

import { call } from "./access";
import { send } from "./http";
import type { Query } from "./http";

function at(session: SessionId, rest = ""): string {
  return `/sessions/${encodeURIComponent(session)}${rest}`;
}

export interface ProgrammeQuery {
  readonly state: ProgrammeTab;
  readonly q?: string;
  readonly form?: ProcedureForm | null;
  readonly body_part?: BodyPart | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

export function list(query: ProgrammeQuery, signal?: AbortSignal): Promise<Page<Session>> {
  const asked: Query = { limit: 30, ...query };
  return call("/sessions", signal === undefined ? { query: asked } : { query: asked, signal });
}

export function get(session: SessionId): Promise<Session> {
  return call(at(session));
}

export function plan(planned: SessionPlan): Promise<Session> {
  return call("/sessions", { method: "POST", body: planned });
}

export function change(session: SessionId, changes: Partial<SessionPlan>): Promise<Session> {
  return call(at(session), { method: "PATCH", body: changes });
}

export function open(session: SessionId): Promise<Session> {
  return call(at(session, "/open"), { method: "POST", body: {} });
}

export function end(session: SessionId): Promise<Session> {
  return call(at(session, "/end"), { method: "POST", body: {} });
}

export function cancel(session: SessionId): Promise<Session> {
  return call(at(session, "/cancel"), { method: "POST", body: {} });
}

export function like(session: SessionId, on: boolean): Promise<{ likes: number; liked: boolean }> {
  return call(at(session, "/like"), { method: on ? "POST" : "DELETE" });
}

/** A signed grant for the session's room: what this person may do there, for some minutes. */
export function grant(session: SessionId): Promise<RoomGrant> {
  return call(at(session, "/grant"), { method: "POST", body: {} });
}

export async function materials(session: SessionId): Promise<readonly StoredFile[]> {
  return (await call<{ items: StoredFile[] }>(at(session, "/materials"))).items;
}

export function addMaterial(session: SessionId, file: FileId): Promise<undefined> {
  return call(at(session, "/materials"), { method: "POST", body: { file } });
}

export function removeMaterial(session: SessionId, file: FileId): Promise<undefined> {
  return call(at(session, `/materials/${encodeURIComponent(file)}`), { method: "DELETE" });
}

export async function commentators(session: SessionId): Promise<readonly Commentator[]> {
  return (await call<{ items: Commentator[] }>(at(session, "/commentators"))).items;
}

export async function invite(session: SessionId, person: NewCommentator): Promise<MadeInvitation> {
  return (await call<{ invitation: MadeInvitation }>(at(session, "/commentators"), { method: "POST", body: person })).invitation;
}

export function revoke(session: SessionId, invitation: InvitationId): Promise<undefined> {
  return call(at(session, `/commentators/${encodeURIComponent(invitation)}`), { method: "DELETE" });
}

export function share(session: SessionId, hours: number): Promise<Share> {
  return call(at(session, "/share"), { method: "POST", body: { hours } });
}

/** The links of this session that one may withdraw, newest first. */
export async function shares(session: SessionId): Promise<readonly KeptShare[]> {
  return (await call<{ items: KeptShare[] }>(at(session, "/shares"))).items;
}

export function revokeShare(session: SessionId, share: string): Promise<undefined> {
  return call(at(session, `/shares/${encodeURIComponent(share)}`), { method: "DELETE" });
}

/** A grant with an encoder's rights: it may only send pictures and voice. */
export function encoderGrant(session: SessionId): Promise<RoomGrant> {
  return call(at(session, "/grant"), { method: "POST", body: { role: "encoder" } });
}

/** What a share link opens, for anybody who has it. */
export function shared(token: string): Promise<ShareFacts> {
  return send(`/share/${encodeURIComponent(token)}`);
}

/** Opens a share link: as whoever is signed in, or by its PIN. */
export function openShared(token: string, secret: { readonly pin?: string; readonly name?: string }): Promise<ShareEntrance> {
  return call(`/share/${encodeURIComponent(token)}/open`, { method: "POST", body: secret });
}
