/** Comments on a session and answers to a question: threads, likes, hiding, taking back. */
import type { Comment, HideReason, Page } from "@/contract/platform";
import type { CommentId, FileId, QuestionId, SessionId, UserId } from "@/kernel/ids";

import { call } from "./access";

export interface NewComment {
  readonly body?: string;
  readonly parent?: CommentId;
  readonly media_time_ms?: number;
  readonly files?: readonly FileId[];
  readonly mentions?: readonly UserId[];
}

/** Where the comments on a session are. */
export function ofSession(session: SessionId): string {
  return `/sessions/${encodeURIComponent(session)}/comments`;
}

/** Where the answers to a question are. */
export function ofQuestion(question: QuestionId): string {
  return `/questions/${encodeURIComponent(question)}/answers`;
}

/** Threads, the newest first; `after` is the cursor of the page before. */
export function list(place: string, after: string | null): Promise<Page<Comment>> {
  const query = { after, order: "newest", limit: 50 };
  return call(place, { query });
}

export function one(comment: CommentId): Promise<Comment> {
  return call(`/comments/${encodeURIComponent(comment)}`);
}

export function post(place: string, comment: NewComment): Promise<Comment> {
  return call(place, { method: "POST", body: comment });
}

export function like(comment: CommentId, on: boolean): Promise<{ likes: number; liked: boolean }> {
  return call(`/comments/${encodeURIComponent(comment)}/like`, { method: on ? "POST" : "DELETE" });
}

/** A moderator takes the words away. */
export function hide(comment: CommentId, reason: HideReason): Promise<undefined> {
  return call(`/comments/${encodeURIComponent(comment)}/hide`, { method: "POST", body: { reason } });
}

export function restore(comment: CommentId): Promise<undefined> {
  return call(`/comments/${encodeURIComponent(comment)}/restore`, { method: "POST", body: {} });
}

/** The author takes the own comment back. */
export function withdraw(comment: CommentId): Promise<undefined> {
  return call(`/comments/${encodeURIComponent(comment)}/withdraw`, { method: "POST", body: {} });
}
