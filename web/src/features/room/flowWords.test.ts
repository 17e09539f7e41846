import { describe, expect, it } from "vitest";

import type { Flow, SlotFlow } from "@/contract/signaling";

import { complaintKey, flowFigures, flowOf, isGlimpsed, reasonKey } from "./flowWords";

function slot(over: Partial<SlotFlow>): SlotFlow {
  return { mid: "1", publication: "e.scope", rid: "h", layer: "high", wanted: "auto", state: "full", reason: "as_wanted", every_s: null, ...over };
}

describe("why a picture is what it is", () => {
  it.each([
    ["as_wanted", "full", "full", null],
    ["small_on_screen", "reduced", "size", null],
    ["hidden", "paused", "hidden", null],
    ["by_hand", "reduced", "byHand", null],
    ["line", "reduced", "line", "line"],
    ["line", "paused", "linePaused", "linePaused"],
    ["publisher", "reduced", "publisher", "publisher"],
  ] as const)("%s, %s: %s, and beside the picture %s", (reason, state, whole, complaint) => {
    expect(reasonKey(slot({ reason, state }))).toBe(whole);
    expect(complaintKey(slot({ reason, state }))).toBe(complaint);
  });

  it("tells how far apart single pictures are, once that is known", () => {
    const soon = slot({ state: "glimpses", reason: "line" });
    const known = slot({ state: "glimpses", reason: "line", every_s: 1.5 });
    expect([reasonKey(soon), complaintKey(soon), isGlimpsed(soon)]).toEqual(["glimpsesSoon", "glimpsesSoon", true]);
    expect([reasonKey(known), complaintKey(known), flowFigures(known)]).toEqual(["glimpses", "glimpses", { seconds: 1.5 }]);
    expect(isGlimpsed(slot({})) || isGlimpsed(null)).toBe(false);
  });

  it("says nothing of what was not told", () => {
    const flow: Flow = { peer: "p", slots: [slot({})], line: { estimate_bps: null, loss: null, rtt_ms: null } };
    expect(flowOf(flow, "e.scope")?.rid).toBe("h");
    expect(flowOf(flow, "e.hand")).toBeNull();
    expect(flowOf(null, "e.scope")).toBeNull();
    expect(complaintKey(null)).toBeNull();
  });
});
