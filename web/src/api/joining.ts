/** Coming to an account: asking for one, being invited, standing in a list. */
import type {
  ApplicantActivation, CheckedUserList, Joining, MadeUserInvitation, OrganisationToJoin, RegistrationDraft, RegistrationStanding, RoleName, SignInAnswer,
  UserInvitationFacts,
} from "@/contract/platform";
import type { OrganisationId } from "@/kernel/ids";

import { call, callForBlob } from "./access";
import { send } from "./http";

function byCode(code: string): string {
  return `/registrations/by-code/${encodeURIComponent(code)}`;
}

export async function findOrganisations(q: string): Promise<readonly OrganisationToJoin[]> {
  return (await send<{ items: OrganisationToJoin[] }>("/registrations/organisations", { query: { q } })).items;
}

export async function register(draft: RegistrationDraft): Promise<string> {
  return (await send<{ code: string }>("/registrations", { method: "POST", body: draft })).code;
}

export function standing(code: string): Promise<RegistrationStanding> {
  return send(byCode(code));
}

export function activation(code: string): Promise<ApplicantActivation> {
  return send(`${byCode(code)}/activation`, { method: "POST", body: {} });
}

export function invitationFacts(code: string): Promise<UserInvitationFacts> {
  return send(`/join/${encodeURIComponent(code)}`);
}

export function join(code: string, person: Joining): Promise<SignInAnswer> {
  return send(`/join/${encodeURIComponent(code)}`, { method: "POST", body: person });
}

export function approve(id: string, organisation: OrganisationId, roles: readonly RoleName[]): Promise<undefined> {
  return call(`/registrations/${encodeURIComponent(id)}/approve`, { method: "POST", body: { organisation, roles } });
}

export function refuse(id: string, answer: string): Promise<undefined> {
  return call(`/registrations/${encodeURIComponent(id)}/refuse`, { method: "POST", body: { answer } });
}

export interface InvitationDraft {
  readonly organisation: OrganisationId;
  readonly roles: readonly RoleName[];
  readonly name: string;
  readonly days: number;
}

export function invite(draft: InvitationDraft): Promise<MadeUserInvitation> {
  return call("/users/invitations", { method: "POST", body: draft });
}

export function revokeInvitation(id: string): Promise<undefined> {
  return call(`/users/invitations/${encodeURIComponent(id)}/revoke`, { method: "POST", body: {} });
}

export function template(): Promise<Blob> {
  return callForBlob("/users/imports/template");
}

export function checkList(file: Blob): Promise<CheckedUserList> {
  return call("/users/imports", { method: "POST", body: file });
}

export async function acceptList(id: string): Promise<number> {
  return (await call<{ made: number }>(`/users/imports/${encodeURIComponent(id)}/accept`, { method: "POST", body: {} })).made;
}

export function handOut(id: string): Promise<Blob> {
  return callForBlob(`/users/imports/${encodeURIComponent(id)}/hand-out`, { method: "POST", body: {} });
}
