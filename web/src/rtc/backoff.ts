const FIRST_MS = 250;
const MOST_MS = 8_000;

/** How long to wait before this try (0 is the first), ms: doubling, half of it by chance 0..1. */
export function backoffMs(attempt: number, chance: number): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return whole / 2 + (whole / 2) * chance;
}
