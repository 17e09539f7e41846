/** Comments as threads; pure, so that live events and answers fold the same way. */
import type { Comment } from "@/contract/platform";
import type { CommentId } from "@/kernel/ids";

/** A reply at its place in the thread; `to` is whom it answers, where that is not the one who began. */
export interface Reply {
  readonly comment: Comment;
  readonly level: number;
  readonly to: string | null;
}

export interface Thread {
  readonly comment: Comment;
  readonly replies: readonly Reply[];
}

/** So deep a thread is indented: beyond, who is answered is said in words, and a phone can still be read. */
export const MAX_LEVEL = 3;

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

/** All below a comment in reading order: each reply followed by those that answer it, oldest first. */
function repliesBelow(children: ReadonlyMap<CommentId, readonly Comment[]>, root: Comment): Reply[] {
  const replies: Reply[] = [];
  const visit = (above: Comment, level: number): void => {
    for (const comment of children.get(above.id) ?? []) {
      replies.push({ comment, level: Math.min(level, MAX_LEVEL), to: above === root ? null : above.author_name });
      visit(comment, level + 1);
    }
  };
  visit(root, 1);
  return replies;
}

/** Oldest first, or by the moment they quote; replies below what they answer. */
export function threadsOf(comments: Comments, order: "time" | "moment" = "time"): readonly Thread[] {
  const all = [...comments.values()].sort(byTime);
  const children = new Map<CommentId, Comment[]>();
  for (const comment of all) {
    if (comment.parent !== null) children.set(comment.parent, [...(children.get(comment.parent) ?? []), comment]);
  }
  return all
    .filter((comment) => rootOf(comments, comment) === comment)
    .sort(order === "moment" ? byMoment : byTime)
    .map((comment) => ({ comment, replies: repliesBelow(children, comment) }));
}
