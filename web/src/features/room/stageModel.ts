/** Which pictures the stage has, what each is called, and which are large. Pure. */
import type { Publication, Shown, Still } from "@/contract/signaling";
import type { RoomState } from "@/rtc/roomState";
import type { Viewing } from "@/rtc/slots";

import { type Placed, type StageItem, type ViewName } from "./layout";
import { largeKeys, mainSources } from "./sources";

export const BOARD_KEY = "board";
export const WIDE = 16 / 9;

export type Tile =
  | { readonly kind: "picture"; readonly key: string; readonly publication: Publication; readonly testid: string }
  | { readonly kind: "still"; readonly key: string; readonly still: Still }
  | { readonly kind: "board"; readonly key: string };

export interface StageModel {
  readonly tiles: readonly Tile[];
  readonly large: readonly string[];
  readonly floating: string | null;
  /** The live picture that freeze and snapshot mean. */
  readonly mainKey: string | null;
}

export interface StageChoice {
  readonly view: ViewName;
  readonly swapped: boolean;
  readonly chosen: string | null;
  /** A small view may lie over the picture: full screen or across. */
  readonly mayFloat: boolean;
}

export function stillKey(still: string): string {
  return `still:${still}`;
}

export function stageModel(state: RoomState, choice: StageChoice): StageModel {
  const main = mainSources(state);
  const tiles: Tile[] = [];
  const add = (publication: Publication | null, testid: string): void => {
    if (publication !== null) tiles.push({ kind: "picture", key: publication.id, publication, testid });
  };
  add(main.scope, "room-stage-scope");
  add(main.hand, "room-stage-hand");
  for (const still of [...state.stills.values()].filter((each) => each.open)) {
    tiles.push({ kind: "still", key: stillKey(still.id), still });
  }
  const faces = main.others.filter((each) => each.source === "camera");
  for (const other of main.others) if (!faces.includes(other)) add(other, `room-other-${other.source}`);
  for (const face of faces) add(face, "room-face");
  tiles.splice(Math.min(tiles.length, 4), 0, { kind: "board", key: BOARD_KEY });
  const there = new Set(tiles.map((tile) => tile.key));
  const chosen = choice.chosen !== null && there.has(choice.chosen) ? choice.chosen : null;
  const large = largeKeys(choice.view, main, choice.swapped, chosen);
  return { tiles, large, floating: floatingKey(choice, main, large), mainKey: mainKeyOf(main, large) };
}

function floatingKey(choice: StageChoice, main: ReturnType<typeof mainSources>, large: readonly string[]): string | null {
  if (!choice.mayFloat || choice.view !== "pip") return null;
  const other = [main.scope?.id, main.hand?.id].find((key) => key !== undefined && !large.includes(key));
  return other ?? null;
}

function mainKeyOf(main: ReturnType<typeof mainSources>, large: readonly string[]): string | null {
  const live = [main.scope?.id, main.hand?.id].filter((key) => key !== undefined);
  return live.find((key) => large[0] === key) ?? live.find((key) => large.includes(key)) ?? live[0] ?? null;
}

/** Keys with their aspect, for the layout; a source without a first frame counts as wide. */
export function itemOf(key: string, aspects: ReadonlyMap<string, number>): StageItem {
  return { key, aspect: aspects.get(key) ?? WIDE };
}

/** What the eye is on, for the choice of layers. */
export function viewingOf(placed: ReadonlyMap<string, Placed>, looking: Looking): Viewing {
  const seen = [...placed].filter(([, each]) => each.role !== "hidden");
  return { seen: new Set(seen.map(([key]) => key)), shown: shownOf(placed, looking) };
}

/** What the size of a picture on the screen hangs on beside its place. */
export interface Looking {
  /** The page is not behind another tab, nor the phone in a pocket. */
  readonly pageSeen: boolean;
  readonly pixelRatio: number;
  readonly zoomOf: (key: string) => number;
  /** Main pictures: one without a place keeps flowing small, so that switching to it is a swap. */
  readonly warm: ReadonlySet<string>;
}

const WARM_SIZE = { width: 160, height: 90 };
const MOST_PIXELS = 16_384;

function shownOf(placed: ReadonlyMap<string, Placed>, { pageSeen, pixelRatio, zoomOf, warm }: Looking): Shown[] {
  return [...placed].map(([publication, { rect, role }]) => {
    if (!pageSeen || (role === "hidden" && !warm.has(publication))) return { publication, width: 0, height: 0 };
    if (role === "hidden") return { publication, ...WARM_SIZE };
    const pixels = (length: number): number =>
      Math.min(MOST_PIXELS, Math.round(length * pixelRatio * (role === "large" ? zoomOf(publication) : 1)));
    return { publication, width: pixels(rect.width), height: pixels(rect.height) };
  });
}
