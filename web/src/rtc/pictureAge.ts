/** A picture older than 1 s never passes as live (UX 1). */
export const HELD_AFTER_MS = 1_000;

export type PictureState =
  | { readonly state: "none" }
  | { readonly state: "live" }
  | { readonly state: "held"; readonly captureMs: number };

/**
 * `frameAtMs` is when the newest frame was shown (page clock), `captureMs` when it was captured;
 * null as long as there has been none.
 */
export function pictureState(
  frameAtMs: number | null,
  captureMs: number | null,
  nowMs: number,
  serverNowMs: number,
): PictureState {
  if (frameAtMs === null) return { state: "none" };
  const quietMs = nowMs - frameAtMs;
  if (quietMs <= HELD_AFTER_MS) return { state: "live" };
  return { state: "held", captureMs: captureMs ?? serverNowMs - quietMs };
}
