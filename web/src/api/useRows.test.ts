import { expect, test } from "vitest";

import type { Page } from "@/contract/platform";

import { useRows } from "./useRows";

test("the next rows follow, and a late answer to an older question is dropped", async () => {
  const waiting: ((page: Page<string>) => void)[] = [];
  const asked: (string | null)[] = [];
  const rows = useRows<string>((cursor) => {
    asked.push(cursor);
    return new Promise((resolve) => waiting.push(resolve));
  });

  const first = rows.load(false);
  waiting[0]?.({ items: ["a"], next_cursor: "c1" });
  await first;
  const late = rows.load(true);
  const fresh = rows.load(false);
  waiting[2]?.({ items: ["x"], next_cursor: null });
  waiting[1]?.({ items: ["b"], next_cursor: "c2" });
  await Promise.all([late, fresh]);

  expect(asked).toEqual([null, "c1", null]);
  expect(rows.items.value).toEqual(["x"]);
  expect(rows.cursor.value).toBeNull();
});
