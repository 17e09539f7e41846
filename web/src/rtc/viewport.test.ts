import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Shown } from "@/contract/signaling";

import { SETTLED_AFTER_MS, ViewportTeller } from "./viewport";

let told: (readonly Shown[])[] = [];
let refuse = false;

function teller(): ViewportTeller {
  return new ViewportTeller((shown) => {
    told.push(shown);
    return refuse ? Promise.reject(new Error("down")) : Promise.resolve();
  });
}

function shown(publication: string, width: number): Shown {
  return { publication, width, height: (width * 9) / 16 };
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  refuse = false;
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what the page shows", () => {
  it("is told at once when something comes or goes, and not again while nothing changes", () => {
    const teller_ = teller();
    teller_.show([shown("e.scope", 1280), shown("e.hand", 320)]);
    teller_.show([shown("e.scope", 1280), shown("e.hand", 320)]);
    teller_.show([shown("e.scope", 1280), shown("e.hand", 0)]);

    vi.advanceTimersByTime(SETTLED_AFTER_MS * 2);

    expect(told).toEqual([
      [shown("e.scope", 1280), shown("e.hand", 320)],
      [shown("e.scope", 1280), shown("e.hand", 0)],
    ]);
  });

  it("is told once after a window was dragged, when its size has settled", () => {
    const teller_ = teller();
    teller_.show([shown("e.scope", 1280)]);
    for (let width = 1200; width >= 800; width -= 100) {
      teller_.show([shown("e.scope", width)]);
      vi.advanceTimersByTime(100);
    }
    expect(told).toHaveLength(1);

    vi.advanceTimersByTime(SETTLED_AFTER_MS);

    expect(told).toEqual([[shown("e.scope", 1280)], [shown("e.scope", 800)]]);
  });

  it("is told again to another peer, and after it did not arrive", async () => {
    const teller_ = teller();
    teller_.again();
    expect(told).toHaveLength(0);
    refuse = true;
    teller_.show([shown("e.scope", 1280)]);
    await vi.advanceTimersByTimeAsync(0);
    refuse = false;

    teller_.show([shown("e.scope", 1280)]);
    teller_.again();

    expect(told).toHaveLength(3);
  });
});
