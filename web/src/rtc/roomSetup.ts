/**
 * What was chosen at the check before entering, kept for this tab: devices, mask, view. Tracks that
 * the check opened are handed over once, so that the browser does not ask twice.
 */
import type { Source } from "@/contract/signaling";
import { forgetfulStorage } from "@/kernel/storage";

import type { MaskArea } from "./nameMask";

export type ScopeKind = "capture" | "screen" | "none";

export interface RoomSetup {
  readonly microphone: string | null;
  readonly micOn: boolean;
  readonly camera: string | null;
  readonly facing: "front" | "back";
  readonly cameraOn: boolean;
  readonly scope: ScopeKind;
  readonly scopeDevice: string | null;
  readonly handDevice: string | null;
  readonly mask: MaskArea | null;
  readonly view: "scope" | "side" | "follow";
}

export const PLAIN_SETUP: RoomSetup = {
  microphone: null,
  micOn: false,
  camera: null,
  facing: "front",
  cameraOn: false,
  scope: "none",
  scopeDevice: null,
  handDevice: null,
  mask: null,
  view: "scope",
};

const storage = forgetfulStorage(() => window.sessionStorage);
const handedOver = new Map<Source, MediaStreamTrack>();

function keyOf(session: string): string {
  return `scopecast.setup.${session}`;
}

/** The setup of this tab for this session; null: the check comes first. */
export function keptSetup(session: string): RoomSetup | null {
  const kept = storage.read(keyOf(session));
  return kept === null ? null : { ...PLAIN_SETUP, ...(JSON.parse(kept) as Partial<RoomSetup>) };
}

export function keepSetup(session: string, setup: RoomSetup): void {
  storage.write(keyOf(session), JSON.stringify(setup));
}

export function forgetSetup(session: string): void {
  storage.remove(keyOf(session));
}

/** The check gives its open tracks on; what was there before is stopped. */
export function handOver(tracks: ReadonlyMap<Source, MediaStreamTrack>): void {
  for (const track of handedOver.values()) track.stop();
  handedOver.clear();
  for (const [source, track] of tracks) handedOver.set(source, track);
}

/** Takes one of them, once. */
export function takeHandedOver(source: Source): MediaStreamTrack | null {
  const track = handedOver.get(source) ?? null;
  handedOver.delete(source);
  return track?.readyState === "live" ? track : null;
}
