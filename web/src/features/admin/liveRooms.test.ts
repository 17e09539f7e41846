import { describe, expect, it } from "vitest";

import type { LivePublication, LiveSlot } from "@/contract/platform";

import { isPoor, lossOf } from "./liveRooms";

function arriving(...layers: [packets: number, lost: number][]): LivePublication {
  return { layers: layers.map(([packets, lost]) => ({ rid: "h", bitrate_bps: 0, packets, lost })) } as unknown as LivePublication;
}

describe("what arrives of a publication", () => {
  it("is lost by all its layers together, and not at all before any packet was due", () => {
    expect(lossOf(arriving([90, 10], [100, 0]))).toBe(0.05);
    expect(lossOf(arriving([0, 0]))).toBeNull();
    expect(lossOf(arriving())).toBeNull();
  });
});

it.each([
  ["reduced", "line", true], ["paused", "line", true], ["reduced", "publisher", true],
  ["full", "as_wanted", false], ["reduced", "small_on_screen", false], ["paused", "hidden", false],
] as const)("%s because of %s is poor: %s", (state, reason, poor) => {
  expect(isPoor({ state, reason } as LiveSlot)).toBe(poor);
});
