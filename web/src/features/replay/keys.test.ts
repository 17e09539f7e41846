import { describe, expect, it } from "vitest";

import { actOf } from "./keys";

function key(code: string, more: Partial<KeyboardEvent> = {}) {
  return { code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more };
}

describe("keys of the replay", () => {
  it("steps five seconds, or one frame with Shift", () => {
    expect(actOf(key("ArrowLeft"), false)).toEqual({ act: "step", ms: -5000 });
    expect(actOf(key("ArrowRight", { shiftKey: true }), false)).toEqual({ act: "frame", step: 1 });
  });

  it("is dead while typing and leaves the browser its own combinations", () => {
    expect(actOf(key("Space"), true)).toBeNull();
    expect(actOf(key("KeyF", { ctrlKey: true }), false)).toBeNull();
    expect(actOf(key("KeyQ"), false)).toBeNull();
  });

  it("chooses views by digit and speed by the angle brackets", () => {
    expect(actOf(key("Digit3"), false)).toEqual({ act: "view", index: 2 });
    expect(actOf(key("Comma", { shiftKey: true }), false)).toEqual({ act: "speed", step: -1 });
    expect(actOf(key("Comma"), false)).toBeNull();
  });
});
