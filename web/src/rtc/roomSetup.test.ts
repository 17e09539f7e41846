import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { handOverGrant, takeGrant } from "./roomSetup";

describe("a grant that the check hands over", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is taken once, by the room of its session", () => {
    handOverGrant("evening", "signed");
    expect([takeGrant("evening"), takeGrant("evening")]).toEqual(["signed", null]);
  });

  it("is not for another session, and then for none", () => {
    handOverGrant("evening", "signed");
    expect([takeGrant("morning"), takeGrant("evening")]).toEqual([null, null]);
  });

  it("is not good for long", () => {
    handOverGrant("evening", "signed");
    vi.advanceTimersByTime(10_000);
    expect(takeGrant("evening")).toBeNull();
  });
});
