import { expect, test } from "vitest";

import { choicesOf, isAskable, type Finds } from "./finds";
import { PEOPLE } from "./people.fixture";

const FINDS: Finds = { organisation: { look: () => Promise.resolve([]), least: 1, hint: "" } };

test("a reference is asked for where it can be looked for, anything else where the list allows it", () => {
  const asked = PEOPLE.columns.filter((column) => isAskable(column, {})).map((column) => column.name);
  const reference = { ...PEOPLE.columns[0]!, name: "organisation", type: "reference" as const, operators: ["is" as const] };

  expect(asked).toEqual(["name", "citizen", "age", "born_on", "seen_at", "state", "urgent"]);
  expect([isAskable(reference, {}), isAskable(reference, FINDS)]).toEqual([false, true]);
  expect(isAskable({ ...reference, operators: [] }, FINDS)).toBe(false);
});

test("what was chosen keeps its name; without one its id stands", () => {
  expect(choicesOf(["a", "b"], new Map([["a", "李红"]]))).toEqual([{ id: "a", name: "李红", place: "" }, { id: "b", name: "b", place: "" }]);
});
