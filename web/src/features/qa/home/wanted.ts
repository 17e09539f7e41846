/** Which questions one looks for first. Pure. */
import type { TableFilter } from "@/contract/platform";

export interface Wanted {
  /** Its title is `qa.home.{word}`. */
  readonly word: "asked" | "open" | "newest";
  readonly filters: readonly TableFilter[];
}

const QUESTIONS: TableFilter = { column: "kind", operator: "is", values: ["question"] };
const OPEN: TableFilter = { column: "state", operator: "is", values: ["open"] };
const ASKED: TableFilter = { column: "invited", operator: "is", values: ["true"] };

/** In order; the first of which there are any is shown. */
export function wanted(answers: boolean): readonly Wanted[] {
  if (!answers) return [{ word: "newest", filters: [QUESTIONS] }];
  return [{ word: "asked", filters: [QUESTIONS, OPEN, ASKED] }, { word: "open", filters: [QUESTIONS, OPEN] }, { word: "newest", filters: [QUESTIONS] }];
}
