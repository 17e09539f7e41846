/** Keys of the replay (UX 6), by `event.code` so that an input method does not swallow them. */

export type KeyAct =
  | { readonly act: "toggle" | "previous" | "next" | "nextMark" | "comment" | "full" }
  | { readonly act: "step"; readonly ms: number }
  | { readonly act: "frame"; readonly step: 1 | -1 }
  | { readonly act: "speed"; readonly step: 1 | -1 }
  | { readonly act: "view"; readonly index: number };

const JUMP_MS = 5000;

/** What this key asks, or null. `typing`: the focus is in a field. */
export function actOf(event: Pick<KeyboardEvent, "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">, typing: boolean): KeyAct | null {
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.code) {
    case "Space": return { act: "toggle" };
    case "ArrowLeft": return event.shiftKey ? { act: "frame", step: -1 } : { act: "step", ms: -JUMP_MS };
    case "ArrowRight": return event.shiftKey ? { act: "frame", step: 1 } : { act: "step", ms: JUMP_MS };
    case "Comma": return event.shiftKey ? { act: "speed", step: -1 } : null;
    case "Period": return event.shiftKey ? { act: "speed", step: 1 } : null;
    case "KeyN": return { act: "next" };
    case "KeyP": return { act: "previous" };
    case "Semicolon": return { act: "nextMark" };
    case "KeyC": return { act: "comment" };
    case "KeyF": return { act: "full" };
    case "Digit1": case "Digit2": case "Digit3": case "Digit4":
      return { act: "view", index: Number(event.code.slice(-1)) - 1 };
    default: return null;
  }
}

/** Whether the focus takes letters, or works the space bar itself. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}
