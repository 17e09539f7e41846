import { expect, test } from "vitest";

import { matching, stepped, type SearchOption } from "./searchOptions";

function option(name: string): SearchOption {
  return { id: name, name, run: () => undefined };
}

test("every word must be in the name, in any order and case", () => {
  const options = [option("Sign out"), option("Large type"), option("退出登录")];

  expect(matching(options, "OUT sign").map((each) => each.name)).toEqual(["Sign out"]);
  expect(matching(options, "退出").map((each) => each.name)).toEqual(["退出登录"]);
  expect(matching(options, "  ")).toHaveLength(3);
});

test("the choice goes round the ends", () => {
  expect([stepped(0, -1, 3), stepped(2, 1, 3), stepped(0, 1, 0)]).toEqual([2, 0, -1]);
});
