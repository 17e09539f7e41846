import { expect, test } from "vitest";

import type { Publication } from "@/contract/signaling";

import { BETTER_AFTER_MS, isKept, NO_THRIFT, thriftStep, WORSE_AFTER_MS, type ThriftState } from "./thrift";

const BAD = { loss: 0.08, rttMs: 60 };
const AWFUL = { loss: 0.3, rttMs: 60 };
const GOOD = { loss: 0, rttMs: 60 };

function after(state: ThriftState, fromMs: number, ms: number, line: { loss: number; rttMs: number }): ThriftState {
  let next = state;
  for (let at = fromMs; at <= fromMs + ms; at += 1_000) next = thriftStep(next, { ...line, atMs: at });
  return next;
}

test("the hand gives way after a while of loss, and says since when", () => {
  expect(after(NO_THRIFT, 0, WORSE_AFTER_MS - 1_000, BAD).level).toBe(0);
  expect(after(NO_THRIFT, 0, WORSE_AFTER_MS, BAD)).toEqual({ level: 1, sinceMs: WORSE_AFTER_MS, leaning: null });
  expect(after(NO_THRIFT, 0, WORSE_AFTER_MS, AWFUL).level).toBe(2);
});

test("one good moment begins the wait anew, and better counts later than worse", () => {
  const shaken = thriftStep(after(NO_THRIFT, 0, 5_000, BAD), { ...GOOD, atMs: 6_000 });
  expect(after(shaken, 7_000, 5_000, BAD).level).toBe(0);

  const slow = after(NO_THRIFT, 0, WORSE_AFTER_MS, BAD);
  expect(after(slow, 10_000, BETTER_AFTER_MS - 1_000, GOOD).level).toBe(1);
  expect(after(slow, 10_000, BETTER_AFTER_MS, GOOD)).toEqual(NO_THRIFT);
});

test("a line that nobody measured takes nothing away", () => {
  expect(thriftStep(NO_THRIFT, { loss: null, rttMs: null, atMs: 0 })).toEqual(NO_THRIFT);
});

test("voices never give way; of the pictures the large one goes last", () => {
  const of = (id: string, kind: "audio" | "video"): Publication => ({ id, kind }) as Publication;
  const kept = (thrift: Parameters<typeof isKept>[1]): string[] =>
    [of("a.voice", "audio"), of("a.scope", "video"), of("a.hand", "video")].filter((each) => isKept(each, thrift, "a.scope")).map((each) => each.id);

  expect(kept("slow1")).toHaveLength(3);
  expect(kept("slow2")).toEqual(["a.voice", "a.scope"]);
  expect(kept("voiceOnly")).toEqual(["a.voice"]);
});
