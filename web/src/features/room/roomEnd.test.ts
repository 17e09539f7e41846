import { expect, test } from "vitest";

import { AppError } from "@/kernel/errors";

import { endOf } from "./roomEnd";

test.each([
  ["room.full", "full"],
  ["media.room_full", "full"],
  ["session.ended", "ended"],
  ["room.ended", "ended"],
  ["room.removed", "removed"],
  ["not_found", "refused"],
])("a refusal with %s is told as %s", (code, key) => {
  expect(endOf({ kind: "refused", error: new AppError({ code, status: 403 }) }, true)).toBe(key);
});

test("leaving and the server's farewell have their own words", () => {
  expect(endOf({ kind: "stopped" }, true)).toBe("left");
  expect(endOf({ kind: "bye", reason: "elsewhere" }, true)).toBe("elsewhere");
});

test("only what was recorded is promised as a replay", () => {
  expect(endOf({ kind: "bye", reason: "ended" }, true)).toBe("ended");
  expect(endOf({ kind: "bye", reason: "ended" }, false)).toBe("unrecorded");
});
