/**
 * What has given way on a slow network (UX 1.9, 5): first the hand view, then all but voices and the main
 * picture; by choice all pictures. The server decides by what the line carries, and this reads what it told:
 * loss alone takes nothing away, since fewer pictures would not lessen it. Pure.
 */
import type { Flow, Publication, SlotFlow } from "@/contract/signaling";

import { flowOf } from "./flowWords";

export type Thrift = "none" | "slow1" | "slow2" | "voiceOnly";
export type GivenWay = Exclude<Thrift, "voiceOnly">;

/** `main` is the large live picture. */
export function givenWay(flow: Flow | null, publications: ReadonlyMap<string, Publication>, main: string | null): GivenWay {
  if (flow === null || main === null || isByLine(flowOf(flow, main), "paused")) return "none";
  const others = flow.slots.filter((slot) => slot.publication !== main && publications.get(slot.publication)?.kind === "video");
  const wanted = others.filter((slot) => slot.state !== "paused" || slot.reason === "line");
  if (wanted.length > 0 && wanted.every((slot) => isByLine(slot, "paused"))) return "slow2";
  const sharp = publications.get(main)?.source === "scope" && !isByLine(flowOf(flow, main));
  return sharp && wanted.some((slot) => publications.get(slot.publication)?.source === "hand" && isByLine(slot)) ? "slow1" : "none";
}

function isByLine(slot: SlotFlow | null, state?: SlotFlow["state"]): boolean {
  if (slot === null || slot.reason !== "line") return false;
  return state === undefined ? slot.state !== "full" : slot.state === state;
}

/** Whether this publication is still asked for. */
export function isKept(publication: Publication, thrift: Thrift): boolean {
  return publication.kind === "audio" || thrift !== "voiceOnly";
}
