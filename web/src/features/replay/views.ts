/** What is large, what is beside it, and what is small: from the learner's choice or the presenter's. Pure. */
import type { ReplayTrack } from "@/contract/replay";

export const LAYOUTS = ["scope", "hand", "side", "board"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The whiteboard is one more picture. */
export const BOARD = "board";

export interface Arrangement {
  /** Publications (or `board`) that are large: one, or two side by side. */
  readonly large: readonly string[];
  readonly small: readonly string[];
}

/** The presenter's layout as one of ours; picture in picture is a large scope with the hand view small. */
export function layoutOf(presented: string): Layout {
  return LAYOUTS.find((layout) => layout === presented) ?? "scope";
}

export function isLayout(text: unknown): text is Layout {
  return LAYOUTS.some((layout) => layout === text);
}

function firstOf(tracks: readonly ReplayTrack[], source: string): string | undefined {
  return tracks.find((track) => track.source === source)?.publication;
}

/** Every picture has a place; `picked` is a small view that the learner made large. */
export function arrange(
  tracks: readonly ReplayTrack[],
  stills: readonly string[],
  hasBoard: boolean,
  layout: Layout,
  picked: string | null,
): Arrangement {
  const frozen = stills.map((still) => `still:${still}`);
  const all = [...tracks.map((track) => track.publication), ...frozen, ...(hasBoard ? [BOARD] : [])];
  const scope = firstOf(tracks, "scope") ?? firstOf(tracks, "screen") ?? all[0];
  const hand = firstOf(tracks, "hand");
  const wanted: Record<Layout, readonly (string | undefined)[]> = {
    scope: [scope],
    hand: [hand ?? scope],
    side: [scope, hand],
    board: [hasBoard ? BOARD : scope],
  };
  const chosen = picked !== null && all.includes(picked) ? [picked] : wanted[layout];
  const large = chosen.flatMap((one) => (one === undefined ? [] : [one]));
  return { large, small: all.filter((one) => !large.includes(one)) };
}
