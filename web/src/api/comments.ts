/** Comments on a session: threads of one level, likes, hiding. */
import type { Comment, HideReason, Page } from "@/contract/platform";
import type { CommentId, SessionId } from "@/kernel/ids";

import { call } from "./access";

export interface NewComment {
  readonly body: string;
  readonly parent?: CommentId;
  readonly media_time_ms?: number;
}

/** Threads, the newest first; `after` is the cursor of the page before. */
export function list(session: SessionId, after: string | null): Promise<Page<Comment>> {
  const query = { after, order: "newest", limit: 50 };
  return call(`/sessions/${encodeURIComponent(session)}/comments`, { query });
}

export function post(session: SessionId, comment: NewComment): Promise<Comment> {
  return call(`/sessions/${encodeURIComponent(session)}/comments`, { method: "POST", body: comment });
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
