import { expect, test } from "vitest";

import type { Flow, Publication, SlotFlow } from "@/contract/signaling";

import { givenWay, isKept } from "./thrift";

const SOURCES = { "e.voice": "voice", "e.scope": "scope", "e.hand": "hand", "v.camera": "camera" } as const;
const ROOM = new Map(
  Object.entries(SOURCES).map(([id, source]) => [id, { id, source, kind: source === "voice" ? "audio" : "video" } as Publication]),
);

function told(slots: Record<string, [SlotFlow["state"], SlotFlow["reason"]]>): Flow {
  const all = Object.entries(slots).map(([publication, [state, reason]], at) => ({ mid: String(at), publication, state, reason }) as SlotFlow);
  return { slots: all, line: { estimate_bps: 800_000, loss: 0.2, rtt_ms: 50 } } as unknown as Flow;
}

const of = (slots: Parameters<typeof told>[0], main = "e.scope"): string => givenWay(told(slots), ROOM, main);

test("loss alone takes nothing away, nor does a line that nobody measured", () => {
  expect(of({ "e.scope": ["full", "as_wanted"], "e.hand": ["full", "as_wanted"] })).toBe("none");
  expect(givenWay(null, ROOM, "e.scope")).toBe("none");
});

test("the hand gives way first: lowered or away, while faces still flow", () => {
  const face = { "v.camera": ["reduced", "small_on_screen"] } as const;
  expect(of({ "e.scope": ["full", "as_wanted"], "e.hand": ["reduced", "line"], "v.camera": [...face["v.camera"]] })).toBe("slow1");
  expect(of({ "e.scope": ["full", "as_wanted"], "e.hand": ["paused", "line"], "v.camera": [...face["v.camera"]] })).toBe("slow1");
});

test("nobody is told that the scope stays sharp while it does not", () => {
  expect(of({ "e.scope": ["reduced", "line"], "e.hand": ["reduced", "line"] })).toBe("none");
});

test("then all but the main picture, whatever is hidden or off by hand", () => {
  expect(of({ "e.scope": ["reduced", "line"], "e.hand": ["paused", "line"], "v.camera": ["paused", "hidden"] })).toBe("slow2");
  expect(of({ "e.scope": ["full", "as_wanted"], "e.hand": ["paused", "by_hand"], "v.camera": ["paused", "hidden"] })).toBe("none");
});

test("a main picture that is away itself says so in its own words", () => {
  expect(of({ "e.hand": ["paused", "line"], "e.scope": ["full", "as_wanted"] }, "e.hand")).toBe("none");
});

test("only by choice pictures are not asked for, and voices always are", () => {
  const kept = (thrift: Parameters<typeof isKept>[1]): string[] => [...ROOM.values()].filter((each) => isKept(each, thrift)).map((each) => each.id);

  expect(kept("slow2")).toHaveLength(4);
  expect(kept("voiceOnly")).toEqual(["e.voice"]);
});
