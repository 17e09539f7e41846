import { expect, test } from "vitest";

import { asked, isFiltered, momentPath } from "./listQuery";

test("the address asks for what is offered, and for nothing else", () => {
  const query = { topic: "diagnosis", state: "gone", sort: "heat", with_files: "true", followed: "no", text: " 胃角 ", mine: "true", person: "x" };

  expect(asked(query, "me")).toEqual({ topic: "diagnosis", sort: "heat", with_files: true, text: "胃角", person: "me" });
  expect(asked({ mine: "true" }, null)).toEqual({});
});

test("order and kind are no filter", () => {
  expect(isFiltered({ sort: "heat", kind: "discussion" })).toBe(false);
  expect(isFiltered({ topic: "other" })).toBe(true);
});

test("a moment leads to its second of the replay, and before there is one to its session", () => {
  const moment = { recording: "r", session: "s", source: "scope", media_time_ms: 754_321 };

  expect(momentPath(moment)).toBe("/app/replay/r?t=754.3");
  expect(momentPath({ ...moment, source: "hand" })).toBe("/app/replay/r?t=754.3&view=hand");
  expect(momentPath({ ...moment, recording: null })).toBe("/app/teaching/s");
  expect(momentPath({ ...moment, media_time_ms: null })).toBe("/app/teaching/s");
});
