/** From frame to frame: a camera's frames are not equally far apart, so that their own times are asked for. */
import type { ReplaySegment, ReplayTrack } from "@/contract/replay";

/** A moment is often a frame's very beginning, rounded. */
const ROUNDED_MS = 3;
const KEPT = 16;

export class FrameSteps {
  private readonly kept = new Map<string, Promise<readonly number[]>>();

  /** `timesOf` tells when each frame of a segment begins, ms on the recording's axis. */
  constructor(private readonly timesOf: (segment: string) => Promise<readonly number[]>) {}

  /** When the frame beside the one shown at this moment begins; null where the track has none. */
  async beside(track: ReplayTrack, atMs: number, step: 1 | -1): Promise<number | null> {
    const segments = track.parts.flatMap((part) => (part.state === "ready" ? part.segments : []));
    const here = segments.findLastIndex((segment) => segment.start_ms <= atMs + ROUNDED_MS);
    const near = segments.slice(Math.max(0, here - 1), here + 2);
    const times = (await Promise.all(near.map((segment) => this.times(segment)))).flat();
    const shown = times.findLastIndex((time) => time <= atMs + ROUNDED_MS);
    return times[shown + step] ?? null;
  }

  private times(segment: ReplaySegment): Promise<readonly number[]> {
    const known = this.kept.get(segment.name);
    if (known !== undefined) return known;
    const asked = this.timesOf(segment.name).catch((failure: unknown) => {
      this.kept.delete(segment.name);
      throw failure;
    });
    const oldest = this.kept.keys().next();
    if (this.kept.size >= KEPT && oldest.done === false) this.kept.delete(oldest.value);
    this.kept.set(segment.name, asked);
    return asked;
  }
}
