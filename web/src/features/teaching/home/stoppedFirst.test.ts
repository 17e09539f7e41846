import { expect, test } from "vitest";

import { stoppedFirst } from "./stoppedFirst";

test("what was begun comes before what was not, each in its order", () => {
  const sessions = [{ position_ms: null, n: 1 }, { position_ms: 5000, n: 2 }, { position_ms: 0, n: 3 }, { position_ms: 9, n: 4 }];

  expect(stoppedFirst(sessions).map(({ n }) => n)).toEqual([2, 4, 1, 3]);
});
