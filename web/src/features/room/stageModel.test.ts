import { describe, expect, it } from "vitest";

import type { Publication, Still } from "@/contract/signaling";
import { EMPTY_ROOM, type RoomState } from "@/rtc/roomState";

import type { Placed } from "./layout";
import { stageModel, viewingOf, type Looking, type StageChoice } from "./stageModel";

const LOOK: StageChoice = { view: "scope", swapped: false, chosen: null, mayFloat: false };

function room(publications: Publication[], stills: Still[] = []): RoomState {
  return {
    ...EMPTY_ROOM,
    publications: new Map(publications.map((each) => [each.id, each])),
    stills: new Map(stills.map((each) => [each.id, each])),
  };
}

function picture(id: string, source: Publication["source"], on = true): Publication {
  return { id, participant: id.split(".")[0]!, source, kind: "video", codec: "H264", layers: [], on };
}

const BOTH = room([picture("e.hand", "hand"), picture("e.scope", "scope"), picture("v.camera", "camera")]);

describe("stageModel", () => {
  it.each([
    ["scope", ["e.scope"]],
    ["hand", ["e.hand"]],
    ["side", ["e.scope", "e.hand"]],
    ["pip", ["e.scope"]],
    ["board", ["board"]],
  ] as const)("view %s shows %j large", (view, large) => {
    expect(stageModel(BOTH, { ...LOOK, view }).large).toEqual(large);
  });

  it("keeps every source as a tile in every view, so that nothing is taken off the page", () => {
    const keys = (choice: StageChoice): string[] => stageModel(BOTH, choice).tiles.map((tile) => tile.key).sort();
    expect(keys({ ...LOOK, view: "hand" })).toEqual(keys({ ...LOOK, view: "board" }));
  });

  it("swaps, and puts a chosen still beside the live scope", () => {
    expect(stageModel(BOTH, { ...LOOK, swapped: true }).large).toEqual(["e.hand"]);

    const still = { id: "s1", open: true } as Still;
    const frozen = room([...BOTH.publications.values()], [still]);
    expect(stageModel(frozen, { ...LOOK, chosen: "still:s1" }).large).toEqual(["e.scope", "still:s1"]);
    expect(stageModel(frozen, { ...LOOK, view: "hand", chosen: "still:s1" }).large).toEqual(["e.hand", "still:s1"]);
    expect(stageModel(frozen, { ...LOOK, view: "board", chosen: "still:s1" }).large).toEqual(["e.scope", "still:s1"]);
    expect(stageModel(BOTH, { ...LOOK, chosen: "still:gone" }).large).toEqual(["e.scope"]);
  });

  it("floats the small view only where it may lie over the picture", () => {
    expect(stageModel(BOTH, { ...LOOK, view: "pip" }).floating).toBeNull();
    expect(stageModel(BOTH, { ...LOOK, view: "pip", mayFloat: true }).floating).toBe("e.hand");
  });

  it("freezes the live picture even while the board is large", () => {
    expect(stageModel(BOTH, { ...LOOK, view: "board" }).mainKey).toBe("e.scope");
    expect(stageModel(BOTH, { ...LOOK, view: "hand" }).mainKey).toBe("e.hand");
  });

  it("keeps the scope's place when the screen is shared beside it, and takes the screen without a scope", () => {
    const shared = room([picture("e.screen", "screen"), picture("e.scope", "scope")]);
    expect(stageModel(shared, LOOK).large).toEqual(["e.scope"]);
    expect(stageModel(room([picture("e.screen", "screen")]), LOOK).large).toEqual(["e.screen"]);
  });
});

describe("viewingOf", () => {
  const at = (role: Placed["role"], width: number): Placed => ({ rect: { left: 0, top: 0, width, height: width / 2 }, role });
  const placed = new Map([
    ["e.scope", at("large", 800)],
    ["e.hand", at("hidden", 320)],
    ["v.camera", at("small", 100)],
    ["w.camera", at("hidden", 320)],
  ]);
  const looking: Looking = { pageSeen: true, pixelRatio: 1.5, zoomOf: () => 1, warm: new Set(["e.scope", "e.hand"]) };
  const sizes = (over: Partial<Looking> = {}): Record<string, number[]> =>
    Object.fromEntries(viewingOf(placed, { ...looking, ...over }).shown.map((each) => [each.publication, [each.width, each.height]]));

  it("tells the pixels of the screen, keeps the other main picture warm, and no face that has no place", () => {
    expect(sizes()).toEqual({ "e.scope": [1200, 600], "e.hand": [160, 90], "v.camera": [150, 75], "w.camera": [0, 0] });
  });

  it("tells more of a picture that is zoomed into", () => {
    expect(sizes({ zoomOf: (key) => (key === "e.scope" ? 2 : 1) })["e.scope"]).toEqual([2400, 1200]);
  });

  it("tells that nothing is to be seen while the page is hidden", () => {
    expect(Object.values(sizes({ pageSeen: false })).flat()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
