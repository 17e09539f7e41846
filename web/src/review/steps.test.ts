import { expect, test } from "vitest";

import type { LevelRule, Review } from "@/contract/platform";

import { added, moved, stepsOf } from "./steps";

function review(state: Review["state"], approved: readonly boolean[], place: number): Review {
  const names = ["own", "county", "province"] as const;
  return {
    kind: "qa.summary", subject: "s", state, version: 2, place, submitted_at: null, unlock_reason: null, remarks: {}, note: "", history: [],
    levels: approved.map((yes, at) => ({ level: names[at] ?? "own", organisation_name: "x", approved: yes, approved_by: null, approved_at: null })),
    may: { submit: false, take_back: false, decide: false, ask_unlock: false, unlock: false },
  };
}

test("one level has its turn, those before have approved, those after wait for it", () => {
  const standing = (of: Review): readonly string[] => stepsOf(of).map((step) => step.standing);

  expect(standing(review("submitted", [true, false, false], 1))).toEqual(["approved", "now", "later"]);
  expect(standing(review("locked", [true, true, true], 2))).toEqual(["approved", "approved", "locked"]);
  expect(standing(review("returned", [false, false, false], 1))).toEqual(["planned", "planned", "planned"]);
});

test("levels change places, are added once, and ask what the first asks", () => {
  const rules: readonly LevelRule[] = [{ level: "own", permission: "qa.review" }, { level: "province", permission: "qa.review" }];
  const names = (of: readonly LevelRule[]): readonly string[] => of.map((rule) => rule.level);

  expect(names(moved(rules, 0, 1))).toEqual(["province", "own"]);
  expect(moved(rules, 0, -1)).toEqual(rules);
  expect(added(rules, "county")[2]).toEqual({ level: "county", permission: "qa.review" });
  expect(added(rules, "own")).toEqual(rules);
  expect(added([], "own")).toEqual([]);
});
