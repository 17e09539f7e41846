import { describe, expect, it } from "vitest";

import type { TableAsking } from "@/contract/platform";

import { fromAddress, hiddenFilters, NOTHING, toAddress } from "./address";
import { PEOPLE } from "./people.fixture";

const ASKING: TableAsking = {
  filters: [
    { column: "state", operator: "is", values: ["seen", "waiting"] },
    { column: "age", operator: "from", values: ["40"] },
    { column: "age", operator: "filled", values: [] },
    { column: "seen_at", operator: "to", values: ["2026-01-01T05:00:00+08:00"] },
  ],
  text: "",
  sort: { column: "age", descending: true },
  columns: ["name", "age"],
};

describe("a question in the address", () => {
  it("comes back as it was", () => {
    expect(fromAddress(toAddress(ASKING, PEOPLE), PEOPLE)).toEqual(ASKING);
    expect(fromAddress({}, PEOPLE)).toEqual(NOTHING);
  });

  it("holds nothing that somebody typed", () => {
    const typed: TableAsking = {
      ...ASKING,
      text: "张小明",
      filters: [...ASKING.filters, { column: "name", operator: "has", values: ["张小明"] }, { column: "citizen", operator: "is", values: ["5101"] }],
    };

    expect(JSON.stringify(toAddress(typed, PEOPLE))).toBe(JSON.stringify(toAddress(ASKING, PEOPLE)));
    expect(hiddenFilters(typed, PEOPLE).map((filter) => filter.column)).toEqual(["name", "citizen"]);
  });

  it("leaves out what the list does not know", () => {
    const query = { f: ["nothing:is:1", "age:has:1", "state:is:seen", "x", null], sort: "-phone", cols: "name.nothing.name" };

    expect(fromAddress(query, PEOPLE)).toEqual({ ...NOTHING, filters: [{ column: "state", operator: "is", values: ["seen"] }], columns: ["name"] });
  });
});
