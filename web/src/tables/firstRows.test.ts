import { expect, test } from "vitest";

import { asFirstRows } from "./firstRows";

test("a cell is found by its column, and how many there are in all is known", () => {
  const found = asFirstRows({
    columns: ["name", "answers", "body_part"],
    rows: [{ key: "q1", cells: ["One", 0, null], references: {} }],
    next_cursor: "x",
    total: { count: 12, exact: true },
  });

  expect(found.many).toBe(12);
  expect(["name", "answers", "body_part", "unknown"].map((column) => found.rows[0]?.word(column))).toEqual(["One", "0", "", ""]);
});
