/** What is handed in for review, and the acts on it. */
import type { LevelRule, Review, ReviewActName, ReviewLevels } from "@/contract/platform";

import { call } from "./access";

export interface Reviewed {
  readonly kind: string;
  readonly id: string;
}

function at({ kind, id }: Reviewed, rest = ""): string {
  return `/reviews/${encodeURIComponent(kind)}/${encodeURIComponent(id)}${rest}`;
}

export function show(what: Reviewed): Promise<Review> {
  return call(at(what));
}

export function act(what: Reviewed, name: ReviewActName, body: unknown = {}): Promise<Review> {
  return call(at(what, `/${name}`), { method: "POST", body });
}

export function levels(): Promise<ReviewLevels> {
  return call("/review-levels");
}

export function setLevels(kind: string, rules: readonly LevelRule[]): Promise<undefined> {
  return call(`/review-levels/${encodeURIComponent(kind)}`, { method: "PUT", body: { levels: rules } });
}
