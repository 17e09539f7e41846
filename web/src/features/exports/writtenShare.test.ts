import { expect, test } from "vitest";

import { writtenShare } from "./writtenShare";

test.each([
  [0, 1000, 0],
  [333, 1000, 33],
  [999, 1000, 99],
  [1000, 1000, 99],
  [1400, 1000, 99],
  [5, 0, 0],
  [Number.NaN, 10, 0],
])("%d rows of %d are %d percent", (rows, expected, percent) => {
  expect(writtenShare(rows, expected)).toBe(percent);
});
