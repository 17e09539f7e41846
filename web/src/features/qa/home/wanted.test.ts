import { expect, test } from "vitest";

import { wanted } from "./wanted";

test("those who answer look first for what was asked of them, others for the newest", () => {
  expect(wanted(true).map(({ word }) => word)).toEqual(["asked", "open", "newest"]);
  expect(wanted(false).map(({ word }) => word)).toEqual(["newest"]);
});
