/** Which publications this participant wants, in which layer, and how many sections that needs. */
import type { Publication, Shown, Want } from "@/contract/signaling";

export const MAX_SECTIONS = 32;
const GROW_BY = 2;

export interface Viewing {
  /** Publications whose picture has a place on the screen, large or small. */
  readonly seen: ReadonlySet<string>;
  /** How large each picture is on the screen, device pixels; 0 x 0: not to be seen. */
  readonly shown: readonly Shown[];
}

/**
 * The whole set: every voice, and every picture that is on the screen or can be switched to. How good
 * one on the screen is, the server decides by its size and the line. A hidden picture stays in its
 * lowest layer, so that switching to it is a swap and never black.
 */
export function wantedSet(publications: Iterable<Publication>, self: string, viewing: Viewing): Want[] {
  const others = [...publications].filter((each) => each.participant !== self);
  return others
    .sort(byImportance)
    .slice(0, MAX_SECTIONS)
    .map((each) => ({ publication: each.id, layer: layerOf(each, viewing), paused: false }));
}

function layerOf(publication: Publication, viewing: Viewing): "auto" | "low" {
  return publication.kind === "audio" || viewing.seen.has(publication.id) ? "auto" : "low";
}

const IMPORTANCE = [
  "voice",
  "commentary",
  "scope",
  "hand",
  "screen",
  "bedside",
  "monitor",
  "camera",
] as const;

/** If sections run out, faces are what is missing first and voices last. */
function byImportance(a: Publication, b: Publication): number {
  const place = (each: Publication): number => IMPORTANCE.findIndex((source) => source === each.source);
  return place(a) - place(b) || (a.id < b.id ? -1 : 1);
}

export interface SlotCount {
  readonly video: number;
  readonly audio: number;
}

/** Of a peer's first offer: enough for a scope, a hand and two faces, and the voices of a conversation. */
export const FIRST_SLOTS: SlotCount = { video: 4, audio: 4 };

/** How many receiving sections there should be for this set; never fewer than there are. */
export function slotsFor(
  wants: readonly Want[],
  kinds: ReadonlyMap<string, "audio" | "video">,
  have: SlotCount,
  sending: number,
): SlotCount {
  const count = (kind: "audio" | "video"): number =>
    wants.filter((want) => kinds.get(want.publication) === kind).length;
  const video = grown(count("video"), have.video, FIRST_SLOTS.video);
  const audio = grown(count("audio"), have.audio, FIRST_SLOTS.audio);
  const room = MAX_SECTIONS - sending;
  const cut = Math.max(0, video + audio - room);
  return { video: Math.max(have.video, video - cut), audio };
}

/** Grows in steps, since each growth costs a negotiation and negotiations are counted. */
function grown(need: number, have: number, first: number): number {
  const least = Math.max(have, first);
  if (need <= least) return least;
  return least + Math.ceil((need - least) / GROW_BY) * GROW_BY;
}
