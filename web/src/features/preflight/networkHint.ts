/** A hint of how the line to the server is: a few small requests, no media yet. */
export type LineHint = "good" | "fair" | "poor";

/** The median way in ms of several tries; null when none came back. */
export function medianMs(tries: readonly (number | null)[]): number | null {
  const came = tries.filter((each) => each !== null).sort((a, b) => a - b);
  return came[Math.floor(came.length / 2)] ?? null;
}

export function hintOf(ms: number | null): LineHint {
  if (ms === null || ms > 400) return "poor";
  return ms > 150 ? "fair" : "good";
}

const TRIES = 5;

/** Asks the server some times and gives the median way, ms. */
export async function measureWay(): Promise<number | null> {
  const tries: (number | null)[] = [];
  for (let turn = 0; turn < TRIES; turn += 1) {
    const sent = performance.now();
    const came = await fetch("/healthz", { cache: "no-store" }).then(
      (answer) => answer.ok,
      () => false,
    );
    tries.push(came ? performance.now() - sent : null);
  }
  return medianMs(tries);
}
