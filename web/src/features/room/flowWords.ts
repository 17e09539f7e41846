/** Why a picture is what it is, as keys of the sentences. Pure. */
import type { Flow, SlotFlow } from "@/contract/signaling";

export function flowOf(flow: Flow | null, publication: string): SlotFlow | null {
  return flow?.slots.find((slot) => slot.publication === publication) ?? null;
}

/** The line carries no more than a picture now and then: that it stands meanwhile is no fault of its own. */
export function isGlimpsed(slot: SlotFlow | null): boolean {
  return slot?.state === "glimpses";
}

/** What the sentences tell beside their words: how far apart single pictures are. */
export function flowFigures(slot: SlotFlow): { seconds: number } {
  return { seconds: slot.every_s ?? 0 };
}

/** The whole reason, for the figures: `full`, `size`, `hidden`, `byHand`, `line`, `linePaused`, `glimpses`, `publisher`. */
export function reasonKey({ state, reason, every_s: everyS }: SlotFlow): string {
  if (state === "glimpses") return everyS === null ? "glimpsesSoon" : "glimpses";
  switch (reason) {
    case "as_wanted":
      return "full";
    case "small_on_screen":
      return "size";
    case "hidden":
      return "hidden";
    case "by_hand":
      return "byHand";
    case "line":
      return state === "paused" ? "linePaused" : "line";
    case "publisher":
      return "publisher";
  }
}

/** What is worth a word beside the picture: something is less than the viewer asked for. */
export function complaintKey(slot: SlotFlow | null): string | null {
  if (slot === null || slot.state === "full") return null;
  return slot.reason === "line" || slot.reason === "publisher" ? reasonKey(slot) : null;
}
