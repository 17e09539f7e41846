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

/** The first comment of the thread that this one is in; a chain may be broken by what is not loaded. */
function rootOf(comments: Comments, comment: Comment): Comment {
  let at = comment;
  for (let parent = at.parent; parent !== null; parent = at.parent) {
    const above = comments.get(parent);
    if (above === undefined) return at;
    at = above;
  }
  return at;
}

/** Oldest first, or by the moment they quote; replies below their comment, always oldest first. */
export function threadsOf(comments: Comments, order: "time" | "moment" = "time"): readonly Thread[] {
  const all = [...comments.values()];
  const below = new Map<CommentId, Comment[]>();
  for (const comment of all.sort(byTime)) {
    const root = rootOf(comments, comment).id;
    const thread = below.get(root) ?? [];
    if (root !== comment.id) thread.push(comment);
    below.set(root, thread);
  }
  return all
    .filter((comment) => below.has(comment.id) && rootOf(comments, comment) === comment)
    .sort(order === "moment" ? byMoment : byTime)
    .map((comment) => ({ comment, replies: below.get(comment.id) ?? [] }));
}
