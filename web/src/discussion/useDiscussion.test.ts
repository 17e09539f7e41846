import { afterEach, expect, test, vi } from "vitest";

import * as api from "@/api/comments";
import type { Comment } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import type { CommentId } from "@/kernel/ids";

import { useDiscussion } from "./useDiscussion";
import type { CommentPosted } from "./useDiscussion";

function posted(files: number): CommentPosted {
  return { comment: "c1", parent: null, author_name: "Li", author_subject: "u1", body: "See", media_time_ms: null, posted_at_ms: 0, files };
}

afterEach(() => { vi.restoreAllMocks(); });

test("a comment that another sent with files is shown at once, and its files once they are read", async () => {
  const whole = { id: "c1", parent: null, body: "See", files: [{ id: "f1" }] } as unknown as Comment;
  const one = vi.spyOn(api, "one").mockResolvedValue(whole);
  const discussion = useDiscussion("/sessions/s1/comments");

  discussion.posted(posted(1));
  expect(discussion.threads.value[0]?.comment.body).toBe("See");
  await vi.waitFor(() => { expect(discussion.threads.value[0]?.comment.files).toEqual([{ id: "f1" }]); });
  discussion.posted(posted(1));
  expect(one).toHaveBeenCalledTimes(1);
});

test("a comment of words alone asks the server for nothing", () => {
  const one = vi.spyOn(api, "one");

  useDiscussion("/sessions/s1/comments").posted(posted(0));

  expect(one).not.toHaveBeenCalled();
});

test("a comment that somebody was led to is read where it is not among those shown, and told where it is gone", async () => {
  const whole = { id: "old", parent: null, body: "Look" } as unknown as Comment;
  const one = vi.spyOn(api, "one").mockResolvedValueOnce(whole).mockRejectedValueOnce(new AppError({ code: "not_found", status: 404 }));
  const discussion = useDiscussion("/sessions/s1/comments");

  expect(await discussion.reach("old" as CommentId)).toBe(true);
  expect(await discussion.reach("old" as CommentId)).toBe(true);
  expect(await discussion.reach("gone" as CommentId)).toBe(false);
  expect(one).toHaveBeenCalledTimes(2);
  expect(discussion.threads.value.map((thread) => thread.comment.body)).toEqual(["Look"]);
});
