/** From the RTP time of a frame on a slot to when its picture was captured (ms UTC, server's axis). */
export interface ClockPoint {
  readonly rtpTimestamp: number;
  readonly captureMs: number;
  readonly clockRate: number;
}

const KEPT = 8;

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
    const points = this.points.get(mid);
    if (points === undefined || points.length === 0) return null;
    const before = points.findLast((point) => rtpDifference(rtpTimestamp, point.rtpTimestamp) >= 0);
    const point = before ?? points[0];
    if (point === undefined) return null;
    return point.captureMs + (rtpDifference(rtpTimestamp, point.rtpTimestamp) / point.clockRate) * 1000;
  }

  /** The slots of an ended peer connection mean nothing any more. */
  clear(): void {
    this.points.clear();
  }
}
