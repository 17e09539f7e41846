import { describe, expect, it } from "vitest";

import { cellText, filterText, namesOf, totalText } from "./cells";
import { PEOPLE } from "./people.fixture";

const t = (key: string, params: Record<string, unknown> = {}): string => `${key}${Object.values(params).map((value) => ` ${String(value)}`).join("")}`;

function column(name: string): (typeof PEOPLE.columns)[number] {
  const found = PEOPLE.columns.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe("a cell", () => {
  it("says what a person reads", () => {
    expect(cellText(column("state"), "seen", t)).toBe("已看");
    expect(cellText(column("urgent"), false, t)).toBe("no");
    expect(cellText(column("age"), 0, t)).toBe("0");
    expect(cellText(column("age"), 1_260_000, t)).toBe("1,260,000");
    expect(cellText(column("age"), 50.25, t)).toBe("50.25");
    expect(cellText(column("age"), null, t)).toBe("tables.nothing");
    expect(cellText(column("seen_at"), "2025-11-22T06:05:00Z", t)).toMatch(/^2025-11-22 14:05$/);
  });
});

describe("a filter's chip", () => {
  it("names column and values", () => {
    expect(filterText({ column: "state", operator: "is", values: ["seen", "waiting"] }, PEOPLE, t)).toBe("tables.chip.is state 已看tables.separator候诊");
    expect(filterText({ column: "age", operator: "empty", values: [] }, PEOPLE, t)).toBe("tables.chip.empty age ");
    expect(filterText({ column: "urgent", operator: "is", values: ["true"] }, PEOPLE, t)).toBe("tables.chip.is urgent yes");
  });
});

describe("a reference's chip", () => {
  it("is called as the rows call it, else by its id", () => {
    const filter = { column: "organisation_id", operator: "is", values: ["o1"] } as const;
    const place = { ...column("name"), name: "organisation_id", type: "reference" } as const;
    const row = { key: "k", cells: ["市立医院"], references: { organisation_id: "o1" } };
    const definition = { ...PEOPLE, columns: [place] };
    expect(filterText(filter, definition, t, namesOf(filter, [place], [row]))).toBe("tables.chip.is name 市立医院");
    expect(filterText(filter, definition, t, namesOf(filter, [], [row]))).toBe("tables.chip.is name o1");
  });
});

describe("a total", () => {
  it("pretends no precision that it lacks, and tells the words how many there are", () => {
    expect(totalText({ count: 12, exact: true }, t)).toBe("tables.total 12 12");
    expect(totalText({ count: 123_456, exact: false }, t)).toBe("tables.about 120,000 123456");
    expect(totalText({ count: 1_000, exact: false }, t)).toBe("tables.about 1,000 1000");
  });
});
