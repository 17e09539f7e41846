import { describe, expect, it } from "vitest";

import { placeOf } from "./popUpPlace";

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const PANEL = { width: 300, height: 180 };

describe("the place of a small panel", () => {
  it("is over its button, left edges aligned", () => {
    const button = { left: 360, right: 440, top: 848, bottom: 888 };
    expect(placeOf("above", button, PANEL, DESK)).toEqual({ left: 360, top: 660 });
  });

  it("is under its button, right edges aligned", () => {
    const button = { left: 1400, right: 1432, top: 100, bottom: 132 };
    expect(placeOf("below", button, PANEL, DESK)).toEqual({ left: 1132, top: 140 });
  });

  it("is at the right edge, away from the picture, on the phone over the bar", () => {
    const button = { left: 300, right: 380, top: 4, bottom: 32 };
    expect(placeOf("edge", button, PANEL, DESK)).toEqual({ left: 1132, top: 40 });
    expect(placeOf("edge", button, PANEL, PHONE)).toEqual({ left: 82, top: 584 });
  });

  it("never leaves the window", () => {
    const button = { left: 0, right: 40, top: 880, bottom: 896 };
    expect(placeOf("below", button, PANEL, DESK)).toEqual({ left: 8, top: 712 });
  });
});
