import { describe, expect, it } from "vitest";

import { rowWindow } from "./rowWindow";

describe("the rows that are drawn", () => {
  it("are all of a short list", () => {
    expect(rowWindow(100, 40, 0, 600)).toEqual({ first: 0, end: 100, above: 0, below: 0 });
  });

  it("are those in sight of a long one, and the height stays", () => {
    for (const scrolled of [0, 40, 4_000, 399_400, 1_000_000]) {
      const found = rowWindow(10_000, 40, scrolled, 600);
      const drawn = found.end - found.first;
      expect(drawn).toBeLessThanOrEqual(36);
      expect(found.above + drawn * 40 + found.below).toBe(400_000);
    }
    const middle = rowWindow(10_000, 40, 4_000, 600);
    expect(middle.first).toBeLessThanOrEqual(100);
    expect(middle.end).toBeGreaterThanOrEqual(115);
  });
});
