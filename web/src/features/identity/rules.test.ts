import { expect, test } from "vitest";

import { passwordFault } from "./passwordRule";
import { placeAfterSignIn } from "./placeAfterSignIn";

test("after signing in one goes where one wanted to, never to another site", () => {
  expect(placeAfterSignIn("/app/teaching/s1?x=1")).toBe("/app/teaching/s1?x=1");
  expect(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", undefined].map(placeAfterSignIn)).toEqual(Array(5).fill("/app"));
});

test("a new password is long enough and the same twice; characters are counted, not bytes", () => {
  expect(passwordFault("short", "short")).toBe("tooShort");
  expect(passwordFault("𬱖".repeat(9), "𬱖".repeat(9))).toBe("tooShort");
  expect(passwordFault("long-enough-1", "long-enough-2")).toBe("different");
  expect(passwordFault("long-enough-1", "long-enough-1")).toBeNull();
});
