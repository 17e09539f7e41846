import type { Mark } from "./model";

/** How long a mark on a moving picture stays, ms; `keep` holds it until it is removed (UX 1). */
export type MarkLife = 4000 | 8000 | 15000 | "keep";

export const MARK_LIVES: readonly MarkLife[] = [4000, 8000, 15000, "keep"];
export const DEFAULT_LIFE: MarkLife = 8000;
const FADE_MS = 600;

/**
 * How strongly a mark shows at `now` (ms on the axis of `created_ms`): 1 full, 0 gone or not yet
 * made. Only marks on moving pictures fade; those on stills and the board last.
 */
export function strengthOf(mark: Mark, now: number, life: MarkLife): number {
  if (now < mark.created_ms) return 0;
  if (mark.target.kind !== "live" || life === "keep") return 1;
  const left = mark.created_ms + life - now;
  if (left <= 0) return 0;
  return left >= FADE_MS ? 1 : left / FADE_MS;
}
