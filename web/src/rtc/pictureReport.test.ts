import { describe, expect, it } from "vitest";

import type { PictureCounters } from "./pictureFigures";
import { PictureReport, type PictureNow } from "./pictureReport";

function now(frames: number, over: Partial<PictureNow> = {}, counters: Partial<PictureCounters> = {}): PictureNow {
  const all = { atMs: 0, bytes: 0, packets: 0, lost: 0, frames, freezes: 0, frozenMs: 0, width: 0, height: 0, jitterMs: null, codec: "", ...counters };
  return { publication: "e.scope", counters: all, firstFrameMs: 240, delayMs: 180.5, ...over };
}

describe("PictureReport", () => {
  it("tells what came since the last report, and the first picture once", () => {
    const report = new PictureReport();

    expect(report.rows("a", [now(250, {}, { freezes: 1, frozenMs: 300.4 })])).toEqual([
      { publication: "e.scope", frames: 250, freezes: 1, frozen_ms: 300, first_frame_ms: 240, delay_ms: 180.5 },
    ]);
    expect(report.rows("a", [now(500, { delayMs: null }, { freezes: 3, frozenMs: 900 })])).toEqual([
      { publication: "e.scope", frames: 250, freezes: 2, frozen_ms: 600, first_frame_ms: null, delay_ms: null },
    ]);
  });

  it("begins anew with another peer", () => {
    const report = new PictureReport();
    report.rows("a", [now(250)]);

    expect(report.rows("b", [now(30, { firstFrameMs: 90 })])).toMatchObject([{ frames: 30, first_frame_ms: 90 }]);
  });

  it("never goes below zero, and waits with the first picture until there is one", () => {
    const report = new PictureReport();
    report.rows("a", [now(0, { firstFrameMs: null })]);
    report.rows("a", [now(100, { firstFrameMs: null })]);

    expect(report.rows("a", [now(40)])).toMatchObject([{ frames: 0, first_frame_ms: 240 }]);
  });
});
