import { expect, test } from "vitest";

import type { Comment } from "@/contract/platform";
import type { CommentId } from "@/kernel/ids";

import { changed, gather, threadsOf } from "./threads";

function comment(id: string, minute: number, more: Partial<Comment> = {}): Comment {
  return {
    id: id as CommentId, parent: null, author_name: "周琳", author_subject: "u", body: id, media_time_ms: null,
    posted_at: `2026-11-22T10:${String(minute).padStart(2, "0")}:00Z`, likes: 0, liked: false, hidden: false, may_hide: false, ...more,
  };
}

function shape(threads: ReturnType<typeof threadsOf>): string[] {
  return threads.map((thread) => [thread.comment.id, ...thread.replies.map((reply) => reply.comment.id)].join(">"));
}

test("an answer to an answer stays in its thread, in the order of time", () => {
  const all = gather(new Map(), [
    comment("b", 2), comment("a", 1), comment("a2", 5, { parent: "a1" as CommentId }), comment("a1", 3, { parent: "a" as CommentId }),
  ]);

  expect(shape(threadsOf(all))).toEqual(["a>a1>a2", "b"]);
});

test("a reply follows what it answers, is indented no deeper than three, and then says whom it answers", () => {
  const under = (id: string, minute: number, parent: string, name: string): Comment => comment(id, minute, { parent: parent as CommentId, author_name: name });
  const all = gather(new Map(), [
    comment("a", 1), under("late", 9, "a", "甲"), under("b", 2, "a", "乙"), under("c", 3, "b", "丙"), under("d", 4, "c", "丁"), under("e", 5, "d", "戊"),
  ]);

  const [thread] = threadsOf(all);

  expect(thread?.replies.map((reply) => [reply.comment.id, reply.level, reply.to])).toEqual([
    ["b", 1, null], ["c", 2, "乙"], ["d", 3, "丙"], ["e", 3, "丁"], ["late", 1, null],
  ]);
});

test("replies that come inside their thread and alone are one", () => {
  const reply = comment("a1", 3, { parent: "a" as CommentId });
  const all = gather(gather(new Map(), [reply]), [comment("a", 1, { replies: [reply] })]);

  expect(shape(threadsOf(all))).toEqual(["a>a1"]);
});

test("by moment: what quotes none comes last", () => {
  const all = gather(new Map(), [comment("none", 1), comment("late", 2, { media_time_ms: 9000 }), comment("early", 3, { media_time_ms: 10 })]);

  expect(shape(threadsOf(all, "moment"))).toEqual(["early", "late", "none"]);
});

test("a change of one that is not known changes nothing", () => {
  const all = gather(new Map(), [comment("a", 1)]);

  expect(changed(all, "x" as CommentId, { likes: 3 })).toBe(all);
  expect(changed(all, "a" as CommentId, { likes: 3 }).get("a" as CommentId)?.likes).toBe(3);
});
