import { expect, test } from "vitest";

import { FIT, nativeScale, STEP, ZoomDesk } from "./zoomDesk";

const RECT = { left: 0, top: 0, width: 800, height: 450 };

test("a scale is taken about the middle, and smaller than fitting there is none", () => {
  const zoom = new ZoomDesk();
  zoom.to("scope", RECT, 2);
  expect(zoom.of("scope")).toEqual({ scale: 2, x: -400, y: -225 });
  zoom.to("scope", RECT, 2 * STEP);
  expect(zoom.of("scope").scale).toBe(2.5);
  zoom.to("scope", RECT, 0.1);
  expect(zoom.of("scope")).toMatchObject({ scale: FIT });
  expect(zoom.of("hand").scale).toBe(FIT);
});

test.each([
  [1920, 960, 1, 2],
  [1920, 960, 2, null],
  [640, 960, 1, null],
  [0, 960, 1, null],
])("a picture of %i shown on %i at ratio %i is native at %s", (picture, shown, ratio, scale) => {
  expect(nativeScale(picture, shown, ratio)).toBe(scale);
});
