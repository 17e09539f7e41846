import { describe, expect, it } from "vitest";

import { gigabytes, nearness, share } from "./figures";

describe("figures of a machine", () => {
  it("writes sizes with as many digits as count", () => {
    expect(gigabytes(1536 * 1024 ** 2)).toBe("1.5 GB");
    expect(gigabytes(250 * 1024 ** 3)).toBe("250 GB");
  });

  it("says what is used and when it becomes too little", () => {
    expect(share(25, 100)).toBe(75);
    expect(share(0, 0)).toBe(0);
    expect([nearness(50, 100), nearness(15, 100), nearness(5, 100)]).toEqual(["good", "soon", "bad"]);
  });
});
