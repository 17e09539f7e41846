/** The comments of one place: loaded, posted, liked, hidden, and kept up by the room's events. */
import { computed, ref, shallowRef } from "vue";
import type { ComputedRef, ShallowRef } from "vue";

import * as api from "@/api/comments";
import type { Comment, HideReason } from "@/contract/platform";
import type { CommentId } from "@/kernel/ids";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { useTask } from "@/ui/useTask";
import type { Task } from "@/ui/useTask";

import { changed, gather, threadsOf } from "./threads";
import type { Comments, Thread } from "./threads";

/** What a room tells of comments, in signaling's words. */
export interface CommentPosted {
  readonly comment: string;
  readonly parent: string | null;
  readonly author_name: string;
  readonly author_subject: string;
  readonly body: string;
  readonly media_time_ms: number | null;
  readonly posted_at_ms: number;
  /** How many files lie beside it: they are had from the server. */
  readonly files: number;
}

export interface Discussion {
  readonly threads: ComputedRef<readonly Thread[]>;
  readonly count: ComputedRef<number>;
  /** The newest threads; with `true` the ones before them. */
  readonly load: Task<[more?: boolean]>;
  readonly hasEarlier: ComputedRef<boolean>;
  readonly post: Task<[api.NewComment]>;
  /** Has this comment among those shown; false for one that may not be seen any more. */
  reach(comment: CommentId): Promise<boolean>;
  like(comment: Comment): Promise<void>;
  /** Takes it off the screen at once; `commit` tells the server, `takeBack` shows it again. */
  /** A moderator shows again what was hidden. */
  restore(comment: Comment): Promise<void>;
  hide(comment: Comment, reason: HideReason): { commit: () => void; takeBack: () => void };
  posted(event: CommentPosted): void;
  hidden(comment: string): void;
  liked(comment: string, likes: number): void;
}

function fromEvent(event: CommentPosted): Comment {
  return {
    id: event.comment as CommentId,
    parent: event.parent as CommentId | null,
    author_name: event.author_name,
    author_subject: event.author_subject,
    body: event.body,
    media_time_ms: event.media_time_ms,
    posted_at: new Date(event.posted_at_ms).toISOString(),
    likes: 0,
    liked: false,
    hidden: false,
    may_hide: false,
  };
}

/** Its words at once; what lies beside them, which the event only counts, once it is read. */
async function arrive(comments: ShallowRef<Comments>, event: CommentPosted): Promise<void> {
  const id = event.comment as CommentId;
  if (comments.value.has(id)) return;
  comments.value = gather(comments.value, [fromEvent(event)]);
  if (event.files === 0) return;
  try {
    const whole = await api.one(id);
    comments.value = gather(comments.value, [whole]);
  } catch (refused) {
    log.info("comment.read_refused", { code: toAppError(refused).code });
  }
}

async function reach(comments: ShallowRef<Comments>, id: CommentId): Promise<boolean> {
  if (comments.value.has(id)) return true;
  try {
    const whole = await api.one(id);
    comments.value = gather(comments.value, [whole]);
    return true;
  } catch (refused) {
    log.info("comment.read_refused", { code: toAppError(refused).code });
    return false;
  }
}

async function showAgain(comment: Comment, load: Task<[more?: boolean]>): Promise<void> {
  try {
    await api.restore(comment.id);
    await load.run();
  } catch (refused) {
    log.info("comment.restore_refused", { code: toAppError(refused).code });
  }
}

export function useDiscussion(place: string, order: "time" | "moment" = "time"): Discussion {
  const comments = shallowRef<Comments>(new Map());
  const change = (id: CommentId, to: Partial<Comment>): void => { comments.value = changed(comments.value, id, to); };
  const earlier = ref<string | null>(null);
  const load = useTask(async (more = false) => {
    const page = await api.list(place, more ? earlier.value : null);
    comments.value = gather(comments.value, page.items);
    earlier.value = page.next_cursor;
  });
  const post = useTask(async (comment: api.NewComment) => {
    comments.value = gather(comments.value, [await api.post(place, comment)]);
  });

  async function like(comment: Comment): Promise<void> {
    const on = !comment.liked;
    change(comment.id, { liked: on, likes: comment.likes + (on ? 1 : -1) });
    try {
      change(comment.id, await api.like(comment.id, on));
    } catch (refused) {
      change(comment.id, { liked: comment.liked, likes: comment.likes });
      log.info("comment.like_refused", { code: toAppError(refused).code });
    }
  }

  async function hideNow(comment: Comment, reason: HideReason): Promise<void> {
    try {
      await (comment.may_withdraw === true ? api.withdraw(comment.id) : api.hide(comment.id, reason));
    } catch (refused) {
      change(comment.id, { hidden: comment.hidden });
      log.info("comment.hide_refused", { code: toAppError(refused).code });
    }
  }

  return {
    restore: (comment) => showAgain(comment, load),
    threads: computed(() => threadsOf(comments.value, order)),
    count: computed(() => comments.value.size),
    hasEarlier: computed(() => earlier.value !== null),
    load,
    reach: (comment) => reach(comments, comment),
    post,
    like,
    hide(comment, reason) {
      change(comment.id, { hidden: true });
      return { commit: () => void hideNow(comment, reason), takeBack: () => { change(comment.id, { hidden: false }); } };
    },
    posted: (event) => { void arrive(comments, event); },
    hidden: (comment) => { change(comment as CommentId, { hidden: true }); },
    liked: (comment, likes) => { change(comment as CommentId, { likes }); },
  };
}
