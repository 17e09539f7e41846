/** Branded ids: one cannot be handed in where another is asked. */
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

export type RoomId = Brand<"RoomId">;
export type SessionId = Brand<"SessionId">;
export type RecordingId = Brand<"RecordingId">;
export type ParticipantId = Brand<"ParticipantId">;
export type PublicationId = Brand<"PublicationId">;
export type UserId = Brand<"UserId">;
export type OrganisationId = Brand<"OrganisationId">;
export type InvitationId = Brand<"InvitationId">;
export type CommentId = Brand<"CommentId">;
export type FileId = Brand<"FileId">;
export type QuestionId = Brand<"QuestionId">;
export type MarkId = Brand<"MarkId">;
export type StillId = Brand<"StillId">;
export type BoardPageId = Brand<"BoardPageId">;

/** Names a plain string at the border (route, wire) as what it is. */
export function as<T extends Brand<string>>(text: string): T {
  return text as T;
}

/** A new id for something that the client names: 32 hex digits. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
