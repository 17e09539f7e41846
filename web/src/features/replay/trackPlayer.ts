/** One track of a recording in one media element, kept on the replay's clock. */
import Hls from "hls.js";

import type { ReplayPart, ReplayTrack } from "@/contract/replay";

import { correction } from "./follow";
import { partAt } from "./timeline";

const HAVE_CURRENT_DATA = 2;
const HAVE_FUTURE_DATA = 3;
/** A moment is often a frame's very beginning; rounded down it would show the frame before. */
const INSIDE_MS = 2;

export interface Source {
  /** The address of a playlist of the recording. */
  readonly urlOf: (playlist: string) => string;
  /** The right to fetch, as it is now. */
  readonly token: () => string;
}

export interface Moment {
  readonly atMs: number;
  readonly playing: boolean;
  readonly speed: number;
}

export class TrackPlayer {
  private part: ReplayPart | null = null;
  private hls: Hls | null = null;
  private closed = false;

  constructor(
    readonly track: ReplayTrack,
    private readonly element: HTMLMediaElement,
    private readonly source: Source,
    private readonly onError: (detail: string) => void,
  ) {
    element.preservesPitch = true;
  }

  /** The part that is loaded: media time 0 of the element is its `start_ms`. */
  get current(): ReplayPart | null {
    return this.part;
  }

  /** True where the clock must wait for data; a gap or an unready part never holds it up. */
  waiting(): boolean {
    if (this.part?.state !== "ready") return false;
    return this.element.readyState < HAVE_FUTURE_DATA && !this.element.ended;
  }

  /** Brings the element to the moment; called for each frame of the page. */
  follow(moment: Moment): void {
    const part = partAt(this.track, moment.atMs);
    if (part?.id !== this.part?.id) this.load(part);
    if (this.part?.state !== "ready" || this.element.readyState < HAVE_CURRENT_DATA - 1) return;
    const shouldMs = Math.max(0, moment.atMs - this.part.start_ms) + INSIDE_MS;
    const move = correction(this.element.currentTime * 1000, shouldMs, moment.playing, moment.speed);
    if (move.seekTo !== null && !this.element.seeking) this.element.currentTime = move.seekTo / 1000;
    if (this.element.playbackRate !== move.rate) this.element.playbackRate = move.rate;
    this.setRunning(moment.playing && shouldMs < this.part.end_ms - this.part.start_ms);
  }

  private setRunning(running: boolean): void {
    if (running && this.element.paused && !this.element.ended) {
      this.element.play().catch((failure: unknown) => {
        if (failure instanceof DOMException && failure.name === "NotAllowedError") this.onError("autoplay");
      });
    }
    if (!running && !this.element.paused) this.element.pause();
  }

  private load(part: ReplayPart | null): void {
    this.hls?.destroy();
    this.hls = null;
    this.part = part;
    if (part?.state !== "ready" || part.playlist === null || this.closed) {
      this.element.removeAttribute("src");
      this.element.load();
      return;
    }
    this.hls = this.open(part.playlist);
  }

  private open(playlist: string): Hls {
    const hls = new Hls({
      enableWorker: false,
      maxBufferLength: 20,
      backBufferLength: 30,
      xhrSetup: (request) => { request.setRequestHeader("Authorization", `Bearer ${this.source.token()}`); },
    });
    hls.on(Hls.Events.ERROR, (_name, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else this.onError(data.details);
    });
    hls.loadSource(this.source.urlOf(playlist));
    hls.attachMedia(this.element);
    return hls;
  }

  close(): void {
    this.closed = true;
    this.hls?.destroy();
    this.hls = null;
    this.element.pause();
  }
}

/** Whether this browser can play at all. */
export function canPlay(): boolean {
  return Hls.isSupported();
}
