/**
 * What each stage picture shows now: capture time, age, size. Written each frame, read when a mark
 * begins, a frame is frozen, or once a second by the status bar; not reactive, since it is hot.
 */
import { LatencyMeter, type LatencyShown } from "@/rtc/latency";
import { pictureState, type PictureState } from "@/rtc/pictureAge";

export interface ShownFrame {
  readonly captureMs: number | null;
  /** The frame in its layer's own RTP time, where that is sure. */
  readonly rtpTimestamp: number | null;
  readonly rid: string;
  readonly frameAtMs: number;
  readonly video: HTMLVideoElement;
}

export class PictureFrames {
  private readonly shown = new Map<string, ShownFrame>();
  private readonly meters = new Map<string, LatencyMeter>();
  private readonly latencies = new Map<string, LatencyShown>();
  private readonly firsts = new Map<string, number>();

  /** `began` is called at each picture's first frame. */
  constructor(private readonly began: () => void = () => undefined) {}

  frame(key: string, frame: ShownFrame, serverNowMs: number): void {
    if (!this.shown.has(key)) {
      this.firsts.set(key, frame.frameAtMs);
      this.began();
    }
    this.shown.set(key, frame);
    if (frame.captureMs === null) return;
    const meter = this.meters.get(key) ?? new LatencyMeter();
    this.meters.set(key, meter);
    this.latencies.set(key, meter.frame(serverNowMs - frame.captureMs, frame.frameAtMs));
  }

  gone(key: string): void {
    this.shown.delete(key);
    this.firsts.delete(key);
    this.meters.delete(key);
    this.latencies.delete(key);
  }

  of(key: string): ShownFrame | null {
    return this.shown.get(key) ?? null;
  }

  /** When this picture first showed a frame, page clock; null if that was before this moment or never. */
  firstAtMs(key: string, sinceMs: number): number | null {
    const first = this.firsts.get(key);
    return first === undefined || first < sinceMs ? null : first;
  }

  latency(key: string): LatencyShown | null {
    return this.latencies.get(key) ?? null;
  }

  state(key: string, nowMs: number, serverNowMs: number): PictureState {
    const frame = this.shown.get(key);
    return pictureState(frame?.frameAtMs ?? null, frame?.captureMs ?? null, nowMs, serverNowMs);
  }
}
