/** The levels of a review as steps that a reader follows, and the order of levels as it is set. */
import type { LevelRule, Review } from "@/contract/platform";

type Level = Review["levels"][number];
type Standing = "approved" | "locked" | "now" | "later" | "planned";

export interface Step {
  readonly level: Level;
  readonly standing: Standing;
}

export const LEVEL_NAMES = ["own", "hospital", "county", "city", "province", "nation"] as const satisfies readonly LevelRule["level"][];

/** What may be changed has only a plan; what is looked at has a level whose turn it is. */
export function stepsOf(review: Review): readonly Step[] {
  const planned = review.state === "draft" || review.state === "returned" || review.state === "unlocked";
  return review.levels.map((level, place) => ({ level, standing: planned ? "planned" : standingOf(review, level, place) }));
}

function standingOf(review: Review, level: Level, place: number): Standing {
  if (level.approved) return place === review.levels.length - 1 ? "locked" : "approved";
  return place === review.place ? "now" : "later";
}

/** The order with one level moved up or down; as it was where there is no room. */
export function moved(rules: readonly LevelRule[], place: number, by: -1 | 1): readonly LevelRule[] {
  const one = rules[place];
  const other = rules[place + by];
  if (one === undefined || other === undefined) return rules;
  return rules.map((rule, at) => (at === place ? other : at === place + by ? one : rule));
}

/** With one more level at the end, which asks of its people what the first asks. */
export function added(rules: readonly LevelRule[], level: LevelRule["level"]): readonly LevelRule[] {
  const permission = rules[0]?.permission;
  return permission === undefined || rules.some((rule) => rule.level === level) ? rules : [...rules, { level, permission }];
}
