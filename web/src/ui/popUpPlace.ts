/** Where a small panel stands, CSS px of the window. Pure. */

/** Over or under its button, or at the right edge: under the bar at the top, on phones over the bar at the bottom. */
export type Side = "above" | "below" | "edge";

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const GAP = 8;
const PHONE_BELOW = 768;
const PHONE_BAR = 80;

export function placeOf(side: Side, button: Box, panel: Size, window: Size): { left: number; top: number } {
  const wanted = wantedPlace(side, button, panel, window);
  return {
    left: Math.max(GAP, Math.min(wanted.left, window.width - panel.width - GAP)),
    top: Math.max(GAP, Math.min(wanted.top, window.height - panel.height - GAP)),
  };
}

function wantedPlace(side: Side, button: Box, panel: Size, window: Size): { left: number; top: number } {
  if (side === "above") return { left: button.left, top: button.top - panel.height - GAP };
  if (side === "below") return { left: button.right - panel.width, top: button.bottom + GAP };
  const top = window.width < PHONE_BELOW ? window.height - PHONE_BAR - panel.height : button.bottom + GAP;
  return { left: window.width, top };
}
