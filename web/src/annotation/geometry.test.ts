import { describe, expect, it } from "vitest";

import { NO_ZOOM, containRect, toPicture, toPictureHeld, toScreen, zoomBy, zoomedRect } from "./geometry";

const BOX = { left: 10, top: 20, width: 1072, height: 603 };

describe("containRect", () => {
  it("letterboxes a narrow picture and never crops", () => {
    const rect = containRect(BOX, 5 / 4);

    expect(rect.height).toBe(603);
    expect(rect.width).toBeCloseTo(753.75);
    expect(rect.left + rect.width / 2).toBeCloseTo(BOX.left + BOX.width / 2);
  });

  it("letterboxes a wide picture", () => {
    expect(containRect({ left: 0, top: 0, width: 390, height: 390 }, 16 / 9).height).toBeCloseTo(219.375);
  });

  it("keeps the box while the aspect is unknown", () => {
    expect(containRect(BOX, Number.NaN)).toEqual(BOX);
  });
});

describe("toPicture", () => {
  it("is the inverse of toScreen whatever the window", () => {
    for (const width of [170, 408, 1072, 2560]) {
      const rect = { left: 33, top: 7, width, height: (width * 9) / 16 };
      const point = toPicture(toScreen({ x: 0.123, y: 0.876 }, rect), rect);

      expect(point).toEqual({ x: 0.123, y: 0.876, p: 0.5 });
    }
  });

  it("refuses places beyond what the wire allows, and holds a stroke at the edge", () => {
    const outside = { x: BOX.left - 0.06 * BOX.width, y: 100 };

    expect(toPicture(outside, BOX)).toBeNull();
    expect(toPictureHeld(outside, BOX).x).toBe(0);
  });
});

describe("zoomBy", () => {
  it("keeps the place under the fingers", () => {
    const about = { x: 300, y: 200 };
    const zoom = zoomBy(BOX, NO_ZOOM, about, 2, { x: 0, y: 0 });

    const before = toPicture(about, BOX);
    const after = toPicture(about, zoomedRect(BOX, zoom));
    expect(after?.x).toBeCloseTo(before?.x ?? -1, 3);
    expect(after?.y).toBeCloseTo(before?.y ?? -1, 3);
  });

  it("never opens a gap and never shrinks below the whole", () => {
    const pushed = zoomBy(BOX, { scale: 2, x: -100, y: -100 }, { x: 10, y: 20 }, 1, { x: 5000, y: 5000 });
    expect(pushed).toEqual({ scale: 2, x: 0, y: 0 });

    expect(zoomBy(BOX, pushed, { x: 10, y: 20 }, 0.1, { x: 0, y: 0 })).toEqual(NO_ZOOM);
  });
});
