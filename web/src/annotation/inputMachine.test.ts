import { describe, expect, it } from "vitest";

import {
  INPUT_IDLE,
  inputStep,
  type ContactKind,
  type InputEffect,
  type InputEvent,
  type InputMode,
  type InputState,
} from "./inputMachine";

const DRAW: InputMode = { drawing: true, penOnly: false };
const LOOK: InputMode = { drawing: false, penOnly: false };

function at(
  type: "down" | "move",
  id: number,
  x: number,
  timeMs: number,
  kind: ContactKind = "touch",
): InputEvent {
  return { type, id, kind, at: { x, y: 0 }, pressure: 0.5, timeMs };
}

function up(id: number, timeMs: number): InputEvent {
  return { type: "up", id, timeMs };
}

function play(
  events: readonly InputEvent[],
  mode = DRAW,
): { state: InputState; did: string[]; effects: InputEffect[] } {
  let state = INPUT_IDLE;
  const effects: InputEffect[] = [];
  for (const event of events) {
    const step = inputStep(state, event, mode);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, did: effects.map((effect) => effect.do), effects };
}

describe("a finger in draw mode", () => {
  it("draws nothing before 6 px or 80 ms", () => {
    expect(play([at("down", 1, 0, 0), at("move", 1, 5, 79)]).did).toEqual([]);
  });

  it("starts after 6 px with all of its way", () => {
    const { did, effects } = play([at("down", 1, 0, 0), at("move", 1, 3, 10), at("move", 1, 7, 20)]);

    expect(did).toEqual(["start", "extend", "extend"]);
    expect(effects[0]).toMatchObject({ at: { x: 0 } });
  });

  it("starts after 80 ms at rest", () => {
    expect(play([at("down", 1, 0, 0), { type: "tick", timeMs: 80 }]).did).toEqual(["start"]);
  });

  it("makes a dot of a short tap", () => {
    expect(play([at("down", 1, 0, 0), up(1, 30)]).did).toEqual(["start", "finish"]);
  });

  it("leaves no trace when a second finger comes within 120 ms", () => {
    const pending = play([at("down", 1, 0, 0), at("down", 2, 100, 60)]);
    const begun = play([at("down", 1, 0, 0), at("move", 1, 10, 30), at("down", 2, 100, 110)]);

    expect(pending.did).toEqual([]);
    expect(begun.did).toEqual(["start", "extend", "discard"]);
    expect(begun.state.name).toBe("gesture");
  });

  it("ends the stroke when the second finger comes later, and zooms", () => {
    const { did, effects } = play([
      at("down", 1, 0, 0),
      at("move", 1, 10, 30),
      at("down", 2, 110, 400),
      at("move", 2, 210, 410),
    ]);

    expect(did).toEqual(["start", "extend", "finish", "zoom"]);
    expect(effects[3]).toMatchObject({ factor: 2 });
  });

  it("does nothing with the finger that stays after a pinch", () => {
    const { did, state } = play([
      at("down", 1, 0, 0),
      at("down", 2, 100, 10),
      up(1, 50),
      at("move", 2, 200, 60),
      up(2, 70),
    ]);

    expect(did).toEqual([]);
    expect(state.name).toBe("idle");
  });

  it("throws a stroke away that the system cancels", () => {
    const events: InputEvent[] = [
      at("down", 1, 0, 0),
      at("move", 1, 10, 30),
      { type: "cancel", id: 1, timeMs: 40 },
    ];
    expect(play(events).did).toEqual(["start", "extend", "discard"]);
  });
});

describe("pen and mouse", () => {
  it("start at once; the first pen contact turns on the pen mode", () => {
    expect(play([at("down", 1, 0, 0, "mouse")]).did).toEqual(["start"]);
    expect(play([at("down", 1, 0, 0, "pen")]).did).toEqual(["penMode", "start"]);
  });

  it("let the finger pan while the pen draws", () => {
    const { did } = play([at("down", 1, 0, 0), at("move", 1, 30, 20)], { drawing: true, penOnly: true });
    expect(did).toEqual(["pan"]);
  });

  it("do not let a palm disturb a pen's stroke", () => {
    const { did } = play([
      at("down", 1, 0, 0, "pen"),
      at("down", 2, 50, 20),
      at("move", 1, 9, 30, "pen"),
      up(1, 40),
    ]);
    expect(did).toEqual(["penMode", "start", "extend", "finish"]);
  });
});

describe("outside of draw mode", () => {
  it("one finger pans and never draws", () => {
    const { did, effects } = play([at("down", 1, 0, 0), at("move", 1, 30, 20), up(1, 90)], LOOK);

    expect(did).toEqual(["pan"]);
    expect(effects[0]).toMatchObject({ dx: 30 });
  });
});
