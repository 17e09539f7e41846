import { expect, test } from "vitest";

import { auditQuery, daysOf } from "./auditQuery";

test("whole days in Shanghai, the last one in", () => {
  expect(auditQuery({ from: "2026-11-21", to: "2026-11-22" })).toMatchObject({ since: "2026-11-20T16:00:00.000Z", until: "2026-11-22T16:00:00.000Z" });
});

test("what the address may not hold is no filter", () => {
  expect(auditQuery({ tag: "nonsense", actor: "", from: "yesterday", to: ["2026-11-22"] })).toEqual({ tag: null, actor: null, since: null, until: null });
  expect(auditQuery({ tag: "share.made", actor: "u1" })).toMatchObject({ tag: "share.made", actor: "u1" });
  expect(daysOf({ from: "2026-11-21" })).toBeNull();
});
