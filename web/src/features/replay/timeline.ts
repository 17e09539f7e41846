/** Where on the axis which track has a picture or a sound. Pure. */
import type { ReplayChapter, ReplayManifest, ReplayPart, ReplayTrack } from "@/contract/replay";

/** Marks the edge of a part: a frame lasts about this long after its beginning, ms. */
const LAST_FRAME_MS = 40;

export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The part of the track that holds this moment, or null in a gap. */
export function partAt(track: ReplayTrack, atMs: number): ReplayPart | null {
  return track.parts.find((part) => atMs >= part.start_ms && atMs < part.end_ms + LAST_FRAME_MS) ?? null;
}

/** The gap round a moment without a part, cut at the ends of the recording; null inside a part. */
export function gapAt(track: ReplayTrack, atMs: number, durationMs: number): Gap | null {
  if (partAt(track, atMs) !== null) return null;
  const before = track.parts.filter((part) => part.end_ms <= atMs).map((part) => part.end_ms);
  const after = track.parts.filter((part) => part.start_ms > atMs).map((part) => part.start_ms);
  return { fromMs: Math.max(0, ...before), toMs: Math.min(durationMs, ...after) };
}

/** Pictures in the order in which they are offered: scope, hand, screen, cameras; hosts before others. */
export function pictureTracks(manifest: ReplayManifest): readonly ReplayTrack[] {
  const order = ["scope", "hand", "screen", "bedside", "monitor", "camera"];
  const rank = (track: ReplayTrack): number => order.indexOf(track.source) * 2 + (track.role === "host" ? 0 : 1);
  return manifest.tracks.filter((track) => track.kind === "video").toSorted((a, b) => rank(a) - rank(b));
}

/** Cameras come on one after another: the main picture is waited for this long, ms. */
const MAIN_WITHIN_MS = 10_000;

/** Where there is something to see: the main picture's start, or the first one's; ms on the recording's axis. */
export function firstPictureMs(manifest: ReplayManifest): number {
  const starts = pictureTracks(manifest).flatMap(({ parts }) => (parts[0] === undefined ? [] : [parts[0].start_ms]));
  const first = Math.min(...starts);
  const main = starts[0] ?? 0;
  return Math.max(0, main - first <= MAIN_WITHIN_MS ? main : first);
}

export function soundTracks(manifest: ReplayManifest): readonly ReplayTrack[] {
  return manifest.tracks.filter((track) => track.kind === "audio");
}

/** Tracks of which some part still waits for its conversion, and how many parts could not be read. */
export function unready(manifest: ReplayManifest): { readonly pending: number; readonly failed: number } {
  const states = manifest.tracks.flatMap((track) => track.parts.map((part) => part.state));
  return {
    pending: states.filter((state) => state === "pending").length,
    failed: states.filter((state) => state === "failed").length,
  };
}

/** The chapter that a moment lies in: its index, or -1 before the first. */
export function chapterIndexAt(starts: readonly number[], atMs: number): number {
  let found = -1;
  starts.forEach((start, index) => {
    if (start <= atMs) found = index;
  });
  return found;
}

/** A moment from an address: seconds as `1834.2`, held inside the recording; 0 if it is no number. */
export function momentFrom(text: string | null | undefined, durationMs: number): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) return 0;
  return Math.min(durationMs, Math.round(seconds * 1000));
}

/** What a chapter is called: a view by its name, a person or page by its label, the rest by why it is there. */
export function chapterWords(chapter: ReplayChapter): { readonly key: string; readonly label: string } {
  if (chapter.why === "view") return { key: `replay.view.${chapter.label}`, label: "" };
  return { key: `replay.chapter.${chapter.why}`, label: chapter.label };
}
