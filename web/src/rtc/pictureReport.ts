/** What a page saw of each picture since it last told, for the operator's figures. Pure but for what it remembers. */
import type { Seen } from "@/contract/signaling";

import type { PictureCounters } from "./pictureFigures";

export const REPORT_EVERY_MS = 10_000;
const MOST_TOLD = 32;
const MOST_FRAMES = 1_000_000;
const MOST_FREEZES = 100_000;
const MOST_MS = 3_600_000;

export interface PictureNow {
  readonly publication: string;
  readonly counters: PictureCounters;
  /** From the offer to the first picture; null before it, and where it is not known. */
  readonly firstFrameMs: number | null;
  /** From the camera to the screen. */
  readonly delayMs: number | null;
}

export class PictureReport {
  private before = new Map<string, PictureCounters>();
  private peer = "";
  private readonly firstTold = new Set<string>();

  /** The rows of the next report; another peer's counters begin at zero. */
  rows(peer: string, now: readonly PictureNow[]): Seen[] {
    if (peer !== this.peer) {
      this.before.clear();
      this.firstTold.clear();
    }
    this.peer = peer;
    const seen = now.slice(0, MOST_TOLD).map((each) => this.row(each));
    this.before = new Map(now.map(({ publication, counters }) => [publication, counters]));
    return seen;
  }

  private row({ publication, counters, firstFrameMs, delayMs }: PictureNow): Seen {
    const before = this.before.get(publication);
    const since = (now: number, then: number | undefined, most: number): number =>
      Math.min(most, Math.max(0, Math.round(now - (then ?? 0))));
    const first = firstFrameMs !== null && !this.firstTold.has(publication);
    if (first) this.firstTold.add(publication);
    return {
      publication,
      frames: since(counters.frames, before?.frames, MOST_FRAMES),
      freezes: since(counters.freezes, before?.freezes, MOST_FREEZES),
      frozen_ms: since(counters.frozenMs, before?.frozenMs, MOST_MS),
      first_frame_ms: first ? since(firstFrameMs, 0, MOST_MS) : null,
      delay_ms: delayMs === null ? null : Math.min(MOST_MS, Math.max(0, delayMs)),
    };
  }
}
