import { describe, expect, it } from "vitest";

import { bytes, gigabytes, nearness, part, share } from "./figures";

describe("figures of a machine", () => {
  it("writes sizes with as many digits as count", () => {
    expect(gigabytes(1536 * 1024 ** 2)).toBe("1.5 GB");
    expect(gigabytes(250 * 1024 ** 3)).toBe("250 GB");
  });

  it("writes what is kept in the unit that suits it", () => {
    expect([0, 900, 1024, 12_800, 3.4 * 1024 ** 3, 250 * 1024 ** 4].map(bytes)).toEqual(["0 B", "900 B", "1.0 KB", "13 KB", "3.4 GB", "250 TB"]);
    expect([part(1, 4), part(0, 0)]).toEqual(["25.0%", "0%"]);
  });

  it("says what is used and when it becomes too little", () => {
    expect(share(25, 100)).toBe(75);
    expect(share(0, 0)).toBe(0);
    expect([nearness(50, 100), nearness(15, 100), nearness(5, 100)]).toEqual(["good", "soon", "bad"]);
  });
});
