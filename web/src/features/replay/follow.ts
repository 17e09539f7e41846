/** How a media element is kept on the clock: let it be, nudge its speed, or seek. Pure. */

export interface Correction {
  readonly seekTo: number | null;
  readonly rate: number;
}

const SEEK_BEYOND_MS = 250;
const NUDGE_BEYOND_MS = 25;
const NUDGE = 0.06;
const PAUSED_TOLERANCE_MS = 8;

/** `isMs` and `shouldMs` are places in the part; a paused picture is put on the spot exactly. */
export function correction(isMs: number, shouldMs: number, playing: boolean, speed: number): Correction {
  const ahead = isMs - shouldMs;
  if (!playing) return { seekTo: Math.abs(ahead) > PAUSED_TOLERANCE_MS ? shouldMs : null, rate: speed };
  if (Math.abs(ahead) > SEEK_BEYOND_MS * Math.max(1, speed)) return { seekTo: shouldMs, rate: speed };
  if (Math.abs(ahead) <= NUDGE_BEYOND_MS) return { seekTo: null, rate: speed };
  return { seekTo: null, rate: speed * (ahead > 0 ? 1 - NUDGE : 1 + NUDGE) };
}
