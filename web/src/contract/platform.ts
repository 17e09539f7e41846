/** Shapes of /api/v1 as the screens use them. */
import type { CommentId, FileId, InvitationId, OrganisationId, RecordingId, RoomId, SessionId, UserId } from "@/kernel/ids";

export interface Organisation {
  readonly id: OrganisationId;
  readonly name: string;
}

export interface User {
  readonly id: UserId;
  readonly name: string;
  readonly username: string;
  readonly organisation: Organisation;
  readonly roles: readonly RoleName[];
  readonly permissions: readonly string[];
  readonly locale: "zh-CN" | "en";
}

export type RoleName = "expert" | "doctor" | "office" | "administrator";

export interface SignInAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly user: User;
  readonly must_change_password: boolean;
  readonly must_enrol_totp: boolean;
}

export interface TotpEnrolment {
  readonly secret: string;
  readonly uri: string;
  readonly qr_svg: string;
}

export type SessionState = "planned" | "open" | "on_air" | "ended" | "cancelled";
export type Visibility = "organisation" | "everyone_signed_in" | "invited";
export type ProgrammeTab = "live" | "upcoming" | "replay" | "mine";

export interface SessionRights {
  readonly edit: boolean;
  readonly open: boolean;
  readonly end: boolean;
  readonly join: boolean;
  readonly replay: boolean;
  readonly moderate: boolean;
}

export interface SessionRecording {
  readonly id: RecordingId;
  readonly state: "recording" | "interrupted" | "complete";
  readonly duration_ms: number;
}

export interface Session {
  readonly id: SessionId;
  /** Null until the room is opened for the first time. */
  readonly room: RoomId | null;
  readonly title: string;
  readonly expert_name: string;
  readonly hospital: string;
  readonly starts_at: string;
  readonly planned_minutes: number;
  readonly state: SessionState;
  readonly case_summary: string;
  readonly body_part: string;
  readonly form: string;
  readonly visibility: Visibility;
  readonly consent_reference: string | null;
  readonly recorded: boolean;
  readonly viewers: number;
  readonly likes: number;
  readonly liked: boolean;
  readonly comments: number;
  readonly duration_ms: number | null;
  readonly chapters: number;
  readonly still_url: string | null;
  readonly recording: SessionRecording | null;
  readonly may: SessionRights;
}

export interface SessionPlan {
  readonly title: string;
  readonly hospital: string;
  readonly starts_at: string;
  readonly planned_minutes: number;
  readonly case_summary: string;
  readonly form: string;
  readonly body_part: string;
  readonly visibility: Visibility;
  readonly consent_reference: string | null;
  readonly recorded: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface RoomGrant {
  readonly grant: string;
  readonly room: RoomId;
  readonly expires_at: string;
}

export interface StoredFile {
  readonly id: FileId;
  readonly url: string;
  readonly name: string;
  readonly size: number;
  readonly content_type: string;
}

export interface Commentator {
  readonly id: InvitationId;
  readonly name: string;
  readonly title: string;
  readonly hospital: string;
  readonly state: "invited" | "redeemed" | "revoked" | "expired";
  readonly expires_at: string;
}

export interface MadeInvitation {
  readonly id: InvitationId;
  readonly url: string;
  readonly one_time_code: string;
  readonly expires_at: string;
}

export interface InvitationFacts {
  readonly session: Pick<Session, "title" | "expert_name" | "starts_at" | "state">;
  readonly kind: string;
  readonly expires_at: string;
}

export interface Redeemed {
  readonly access_token: string;
  readonly expires_in: number;
  readonly session: { readonly id: SessionId; readonly room: RoomId };
}

export interface Share {
  readonly url: string;
  readonly expires_at: string;
  readonly pin: string | null;
}

export interface Comment {
  readonly id: CommentId;
  readonly parent: CommentId | null;
  readonly author_name: string;
  readonly author_subject: string;
  readonly body: string;
  readonly media_time_ms: number | null;
  readonly posted_at: string;
  readonly likes: number;
  readonly liked: boolean;
  readonly hidden: boolean;
  readonly may_hide: boolean;
  readonly replies?: readonly Comment[];
}
