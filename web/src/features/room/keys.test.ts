import { describe, expect, it } from "vitest";

import { actOf, type KeyPress } from "./keys";

const PRESS: KeyPress = {
  type: "keydown",
  code: "KeyM",
  keyCode: 77,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  inField: false,
  onButton: false,
};

describe("actOf", () => {
  it("goes by the place of the key, not by what an input method makes of it", () => {
    expect(actOf(PRESS)).toBe("mic");
    expect(actOf({ ...PRESS, code: "KeyZ" })).toBe("freeze");
    expect(actOf({ ...PRESS, code: "Digit3" })).toBe("viewSide");
  });

  it("is dead while typing, composing or with other modifiers", () => {
    expect(actOf({ ...PRESS, inField: true })).toBeNull();
    expect(actOf({ ...PRESS, isComposing: true })).toBeNull();
    expect(actOf({ ...PRESS, keyCode: 229 })).toBeNull();
    expect(actOf({ ...PRESS, ctrlKey: true })).toBeNull();
    expect(actOf({ ...PRESS, shiftKey: true })).toBeNull();
    expect(actOf({ ...PRESS, repeat: true })).toBeNull();
  });

  it("undoes and does again", () => {
    expect(actOf({ ...PRESS, code: "KeyZ", ctrlKey: true })).toBe("undo");
    expect(actOf({ ...PRESS, code: "KeyZ", metaKey: true, shiftKey: true })).toBe("redo");
  });

  it("lets Space talk while it is held, and press a button that has the focus", () => {
    expect(actOf({ ...PRESS, code: "Space" })).toBe("holdToTalk");
    expect(actOf({ ...PRESS, code: "Space", type: "keyup" })).toBe("releaseTalk");
    expect(actOf({ ...PRESS, code: "Space", onButton: true })).toBeNull();
  });
});
