/** Which publications are the room's main pictures, and which stand in the strip. Pure. */
import type { Participant, PresentedView, Publication, Source } from "@/contract/signaling";
import type { RoomState } from "@/rtc/roomState";

import type { ViewName } from "./layout";

const SCOPE_LIKE: readonly Source[] = ["scope", "screen", "bedside", "monitor"];
const WHITEBOARD = "board";

export interface MainSources {
  readonly scope: Publication | null;
  readonly hand: Publication | null;
  /** All other pictures, cameras of persons last. */
  readonly others: readonly Publication[];
}

/** The scope is the scope, else a screen or monitor; what is off keeps its place until it ends. */
export function mainSources(state: RoomState): MainSources {
  const pictures = [...state.publications.values()].filter((each) => each.kind === "video");
  const scope = firstOf(pictures, SCOPE_LIKE);
  const hand = firstOf(pictures, ["hand"]);
  const others = pictures.filter(
    (each) => each !== scope && each !== hand && (each.on || each.source !== "camera"),
  );
  return { scope, hand, others: others.sort(byPlace(state)) };
}

function firstOf(pictures: readonly Publication[], sources: readonly Source[]): Publication | null {
  for (const source of sources) {
    const found = pictures.filter((each) => each.source === source);
    const best = found.find((each) => each.on) ?? found[0];
    if (best !== undefined) return best;
  }
  return null;
}

const ROLE_ORDER = ["host", "commentator", "encoder", "viewer"];

function byPlace(state: RoomState): (a: Publication, b: Publication) => number {
  const place = (each: Publication): number => {
    const role = state.participants.get(each.participant)?.role ?? "viewer";
    return (each.source === "camera" ? 10 : 0) + ROLE_ORDER.indexOf(role);
  };
  return (a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1);
}

/** What is large in this view: keys of pictures or `board`. */
export function largeKeys(
  view: ViewName,
  main: MainSources,
  swapped: boolean,
  chosen: string | null,
): readonly string[] {
  const scope = main.scope?.id ?? "scope";
  const hand = main.hand?.id ?? null;
  if (chosen !== null) return [view === "board" ? scope : (largeKeys(view, main, swapped, null)[0] ?? scope), chosen];
  switch (view) {
    case "scope":
    case "pip":
      return [swapped && hand !== null ? hand : scope];
    case "hand":
      return [hand ?? "hand"];
    case "side":
      if (hand === null) return [scope];
      return swapped ? [hand, scope] : [scope, hand];
    case "board":
      return [WHITEBOARD];
  }
}

/** The name under a small view. */
export function nameOf(publication: Publication, participants: ReadonlyMap<string, Participant>): string {
  return participants.get(publication.participant)?.name ?? "";
}

/** The view of one who follows the presenter. */
export function followedView(presented: PresentedView): ViewName {
  return presented.layout;
}
