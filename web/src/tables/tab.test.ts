import { expect, test } from "vitest";

import { NOTHING } from "./address";
import { PEOPLE } from "./people.fixture";
import { besideTab, withTab } from "./tab";

const WAITING = { column: "state", operator: "is", values: ["waiting"] } as const;
const URGENT = { column: "urgent", operator: "is", values: ["true"] } as const;

test("one word of the tabs is always chosen: that asked for, else that of before, else the first", () => {
  expect(withTab({ ...NOTHING, filters: [WAITING] }, PEOPLE, "state").filters).toEqual([WAITING]);
  expect(withTab({ ...NOTHING, filters: [URGENT] }, PEOPLE, "state", [WAITING]).filters).toEqual([WAITING, URGENT]);
  expect(withTab(NOTHING, PEOPLE, "state").filters).toEqual([{ column: "state", operator: "is", values: ["seen"] }]);
  expect(withTab(NOTHING, PEOPLE, undefined).filters).toEqual([]);
});

test("the tab is no filter", () => {
  expect(besideTab([WAITING, URGENT], "state")).toEqual([URGENT]);
});
