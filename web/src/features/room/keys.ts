/** Keys of the room (UX 6): by place on the keyboard, dead while somebody types. */
export type RoomAct =
  | "mic"
  | "holdToTalk"
  | "releaseTalk"
  | "camera"
  | "hand"
  | "viewScope"
  | "viewHand"
  | "viewSide"
  | "viewPip"
  | "swap"
  | "board"
  | "draw"
  | "pointer"
  | "freeze"
  | "still"
  | "chat"
  | "members"
  | "fullScreen"
  | "thinner"
  | "thicker"
  | "undo"
  | "redo"
  | "escape";

export interface KeyPress {
  readonly type: "keydown" | "keyup";
  readonly code: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly repeat: boolean;
  /** The focus is where text goes, or in a list or slider that uses keys itself. */
  readonly inField: boolean;
  /** The focus is on a button: Space presses it. */
  readonly onButton: boolean;
}

const PLAIN: Readonly<Record<string, RoomAct>> = {
  KeyM: "mic",
  KeyV: "camera",
  KeyH: "hand",
  Digit1: "viewScope",
  Digit2: "viewHand",
  Digit3: "viewSide",
  Digit4: "viewPip",
  KeyX: "swap",
  KeyB: "board",
  KeyD: "draw",
  KeyP: "pointer",
  KeyZ: "freeze",
  KeyS: "still",
  KeyC: "chat",
  KeyU: "members",
  KeyF: "fullScreen",
  BracketLeft: "thinner",
  BracketRight: "thicker",
  Escape: "escape",
};

const COMPOSING = 229;

/** What this key asks for; null for nothing of ours. */
export function actOf(press: KeyPress): RoomAct | null {
  if (press.inField || press.isComposing || press.keyCode === COMPOSING || press.altKey) return null;
  if (press.code === "Space") return talkKey(press);
  if (press.type !== "keydown" || press.repeat) return null;
  if (press.ctrlKey || press.metaKey) {
    if (press.code === "KeyZ") return press.shiftKey ? "redo" : "undo";
    return press.code === "KeyY" ? "redo" : null;
  }
  return press.shiftKey ? null : (PLAIN[press.code] ?? null);
}

function talkKey(press: KeyPress): RoomAct | null {
  if (press.onButton || press.repeat || press.ctrlKey || press.metaKey) return null;
  return press.type === "keydown" ? "holdToTalk" : "releaseTalk";
}

const FIELDS =
  "input, textarea, select, [contenteditable=''], [contenteditable=true], [role=slider], [role=listbox], [role=dialog]";

/** A keyboard event with what its target means. */
export function pressOf(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof Element ? event.target : null;
  return {
    type: event.type === "keyup" ? "keyup" : "keydown",
    code: event.code,
    // Chinese input methods say 229 here and nothing elsewhere (element-plus#23523).
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    keyCode: event.keyCode,
    isComposing: event.isComposing,
    ctrlKey: event.ctrlKey,
    metaKey: event.metaKey,
    altKey: event.altKey,
    shiftKey: event.shiftKey,
    repeat: event.repeat,
    inField: target?.closest(FIELDS) != null,
    onButton: target?.closest("button, a, [role=tab], [role=button]") != null,
  };
}
