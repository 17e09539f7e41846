/**
 * From the RTP time of a frame on a slot to when its picture was captured (ms UTC, server's axis), and to the
 * RTP time of the publication's own layer `rid`. The server tells a point with the first packet of each
 * layer that flows on the slot, and every few seconds.
 */
export interface ClockPoint {
  readonly rtpTimestamp: number;
  readonly sourceRtpTimestamp: number;
  readonly rid: string;
  readonly captureMs: number;
  readonly clockRate: number;
}

/** A frame of a publication as everybody can find it again. */
export interface FrameAnchor {
  readonly captureMs: number;
  /** In the layer's own RTP time, uint32; null where no point is known that surely holds for the frame. */
  readonly rtpTimestamp: number | null;
  readonly rid: string;
}

const KEPT = 8;
/** The server repeats points every 5 s; behind a point that is older than this another may be missing. */
const HOLDS_S = 8;

/** a - b of two 32-bit RTP timestamps, in ticks, through the wrap. */
export function rtpDifference(a: number, b: number): number {
  return (a - b) | 0;
}

export class CaptureClock {
  private readonly points = new Map<string, ClockPoint[]>();

  /** A new point of a slot; it holds from its RTP time on. */
  point(mid: string, point: ClockPoint): void {
    if (point.clockRate <= 0) return;
    this.points.set(mid, [...(this.points.get(mid) ?? []).slice(1 - KEPT), point]);
  }

  /** Capture time of the frame with this RTP timestamp; null until the slot's clock is known. */
  captureMs(mid: string, rtpTimestamp: number): number | null {
    return this.frame(mid, rtpTimestamp)?.captureMs ?? null;
  }

  /** The frame with this RTP timestamp of the slot; null until the slot's clock is known. */
  frame(mid: string, rtpTimestamp: number): FrameAnchor | null {
    const points = this.points.get(mid) ?? [];
    const point = points.findLast((each) => rtpDifference(rtpTimestamp, each.rtpTimestamp) >= 0) ?? points[0];
    if (point === undefined) return null;
    const ticks = rtpDifference(rtpTimestamp, point.rtpTimestamp);
    const sure = ticks >= 0 && ticks <= HOLDS_S * point.clockRate;
    return {
      captureMs: point.captureMs + (ticks / point.clockRate) * 1000,
      rtpTimestamp: sure ? (point.sourceRtpTimestamp + ticks) >>> 0 : null,
      rid: sure ? point.rid : "",
    };
  }

  /** The slots of an ended peer connection mean nothing any more. */
  clear(): void {
    this.points.clear();
  }
}
