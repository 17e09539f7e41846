import { describe, expect, it } from "vitest";

import type { Publication, Still } from "@/contract/signaling";
import { EMPTY_ROOM, type RoomState } from "@/rtc/roomState";

import { stageModel, type StageChoice } from "./stageModel";

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
