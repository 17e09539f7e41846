/** Why a picture is what it is, as keys of the sentences. Pure. */
import type { Flow, SlotFlow } from "@/contract/signaling";

export function flowOf(flow: Flow | null, publication: string): SlotFlow | null {
  return flow?.slots.find((slot) => slot.publication === publication) ?? null;
}

/** The whole reason, for the figures: `full`, `size`, `hidden`, `byHand`, `line`, `linePaused`, `publisher`. */
export function reasonKey({ state, reason }: SlotFlow): string {
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
