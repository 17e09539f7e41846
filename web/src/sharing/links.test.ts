import { expect, test } from "vitest";

import { linkState } from "./links";

const ENDS = "2026-11-22T06:00:00Z";

test.each([
  [false, -1, "open"],
  [false, 0, "expired"],
  [true, -1, "revoked"],
  [true, 1, "revoked"],
] as const)("withdrawn %s, %i ms past its end: %s", (revoked, past, state) => {
  expect(linkState({ revoked, expires_at: ENDS }, Date.parse(ENDS) + past)).toBe(state);
});
