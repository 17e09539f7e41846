import { describe, expect, it } from "vitest";

import type { Flow, SlotFlow } from "@/contract/signaling";

import { complaintKey, flowOf, reasonKey } from "./flowWords";

function slot(over: Partial<SlotFlow>): SlotFlow {
  return { mid: "1", publication: "e.scope", rid: "h", layer: "high", wanted: "auto", state: "full", reason: "as_wanted", ...over };
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

  it("says nothing of what was not told", () => {
    const flow: Flow = { peer: "p", slots: [slot({})], line: { estimate_bps: null, loss: null, rtt_ms: null } };
    expect(flowOf(flow, "e.scope")?.rid).toBe("h");
    expect(flowOf(flow, "e.hand")).toBeNull();
    expect(flowOf(null, "e.scope")).toBeNull();
    expect(complaintKey(null)).toBeNull();
  });
});
