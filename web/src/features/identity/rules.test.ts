import { expect, test } from "vitest";

import { passwordFault } from "./passwordRule";
import { placeAfterSignIn } from "./placeAfterSignIn";
import { whereFrom } from "./whereFrom";

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

test("an address says whether somebody signed in at the server, inside the house or outside", () => {
  expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(whereFrom)).toEqual(Array(3).fill("server"));
  expect(["10.3.2.1", "172.16.0.9", "172.31.255.1", "192.168.1.5", "::ffff:10.0.0.1", "fd12::1", "fe80::1", "100.64.0.1"].map(whereFrom)).toEqual(Array(8).fill("inside"));
  expect(["172.32.0.1", "8.8.8.8", "2001:db8::1", "100.128.0.1", "110.1.2.3"].map(whereFrom)).toEqual(Array(5).fill("outside"));
});
