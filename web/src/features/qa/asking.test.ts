import { expect, test } from "vitest";

import { editPath, momentPath } from "./asking";

test("a moment leads to its second of the replay, and before there is one to its session", () => {
  const moment = { recording: "r", session: "s", source: "scope", media_time_ms: 754_321 };

  expect(momentPath(moment)).toBe("/app/replay/r?t=754.3");
  expect(momentPath({ ...moment, source: "hand" })).toBe("/app/replay/r?t=754.3&view=hand");
  expect(momentPath({ ...moment, recording: null })).toBe("/app/teaching/s");
  expect(momentPath({ ...moment, media_time_ms: null })).toBe("/app/teaching/s");
});

test("a question is changed where it was asked, a discussion with its period", () => {
  expect(editPath({ id: "q1", kind: "question" })).toBe("/app/qa/new?edit=q1");
  expect(editPath({ id: "q1", kind: "discussion" })).toBe("/app/qa/new?edit=q1&kind=discussion");
});
