import { describe, expect, it } from "vitest";

import type { TableColumn } from "@/contract/platform";

import { draftOf, filtersOf } from "./filterDraft";
import { PEOPLE } from "./people.fixture";

const EMPTY = { text: "", values: [], from: "", to: "", presence: "" } as const;

function column(name: string): TableColumn {
  const found = PEOPLE.columns.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe("a filter that is being filled in", () => {
  it("takes whole days of our time zone, the last one too", () => {
    const filters = filtersOf(column("seen_at"), { ...EMPTY, values: [], from: "2026-01-01", to: "2026-01-31" });

    expect(filters.map(({ operator, values }) => [operator, values[0]])).toEqual([["from", "2025-12-31T16:00:00.000Z"], ["to", "2026-01-31T16:00:00.000Z"]]);
    expect(draftOf(filters, "seen_at")).toMatchObject({ from: "2026-01-01", to: "2026-01-31" });
  });

  it("asks what the column can be asked", () => {
    expect(filtersOf(column("name"), { ...EMPTY, values: [], text: " 张 " })).toEqual([{ column: "name", operator: "has", values: ["张"] }]);
    expect(filtersOf(column("citizen"), { ...EMPTY, values: [], text: "5101" })).toEqual([{ column: "citizen", operator: "is", values: ["5101"] }]);
    expect(filtersOf(column("state"), { ...EMPTY, values: ["seen", "waiting"] })).toEqual([{ column: "state", operator: "is", values: ["seen", "waiting"] }]);
    expect(filtersOf(column("age"), { ...EMPTY, values: [], from: "40", presence: "empty" })).toEqual([{ column: "age", operator: "empty", values: [] }]);
    expect(filtersOf(column("age"), { ...EMPTY, values: [] })).toEqual([]);
  });

  it("begins with what is asked already", () => {
    const filters = [{ column: "state", operator: "is", values: ["seen"] }, { column: "age", operator: "from", values: ["40"] }] as const;

    expect(draftOf(filters.map((each) => ({ ...each, values: [...each.values] })), "state").values).toEqual(["seen"]);
    expect(draftOf(filters.map((each) => ({ ...each, values: [...each.values] })), "age").from).toBe("40");
  });
});
