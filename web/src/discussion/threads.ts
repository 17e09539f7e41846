/** Comments as threads of one level; pure, so that live events and answers fold the same way. */
import type { Comment } from "@/contract/platform";
import type { CommentId } from "@/kernel/ids";

export interface Thread {
  readonly comment: Comment;
  readonly replies: readonly Comment[];
}

export type Comments = ReadonlyMap<CommentId, Comment>;

/** Every comment once, whether it came alone or with its replies. */
export function gather(comments: Comments, arrived: readonly Comment[]): Comments {
  const next = new Map(comments);
  const put = (comment: Comment): void => {
    next.set(comment.id, comment);
    comment.replies?.forEach(put);
  };
  arrived.forEach(put);
  return next;
}

export function changed(comments: Comments, id: CommentId, change: Partial<Comment>): Comments {
  const known = comments.get(id);
  return known === undefined ? comments : new Map(comments).set(id, { ...known, ...change });
}

function byTime(one: Comment, other: Comment): number {
  return one.posted_at < other.posted_at ? -1 : one.posted_at > other.posted_at ? 1 : one.id < other.id ? -1 : 1;
}

function byMoment(one: Comment, other: Comment): number {
  const a = one.media_time_ms ?? Number.POSITIVE_INFINITY;
  const b = other.media_time_ms ?? Number.POSITIVE_INFINITY;
  return a === b ? byTime(one, other) : a - b;
}

/** Oldest first, or by the moment they quote; replies below their comment, always oldest first. */
export function threadsOf(comments: Comments, order: "time" | "moment" = "time"): readonly Thread[] {
  const all = [...comments.values()];
  const roots = all.filter((comment) => comment.parent === null || !comments.has(comment.parent));
  return roots
    .sort(order === "moment" ? byMoment : byTime)
    .map((comment) => ({ comment, replies: all.filter((reply) => reply.parent === comment.id).sort(byTime) }));
}
