/** Rates from two reads of `getStats()`: what goes up, what comes down, what is lost. */
export interface LineCounters {
  readonly atMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly roundTripMs: number | null;
  readonly framesDropped: number;
}

export interface LineRates {
  readonly upBps: number;
  readonly downBps: number;
  /** Part of the packets that did not arrive, 0..1; null when none were due. */
  readonly downLoss: number | null;
  readonly roundTripMs: number | null;
}

/** The members of a statistics row that are used here; other members are of no interest. */
interface StatsRow {
  readonly type: string;
  readonly timestamp?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly framesDropped?: number;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

/** Adds up the rows of one report. */
export function countersOf(rows: Iterable<StatsRow>, atMs: number): LineCounters {
  const sum = { bytesSent: 0, bytesReceived: 0, packetsReceived: 0, packetsLost: 0, framesDropped: 0 };
  let roundTripMs: number | null = null;
  for (const row of rows) {
    if (row.type === "outbound-rtp") sum.bytesSent += row.bytesSent ?? 0;
    if (row.type === "inbound-rtp") {
      sum.bytesReceived += row.bytesReceived ?? 0;
      sum.packetsReceived += row.packetsReceived ?? 0;
      sum.packetsLost += row.packetsLost ?? 0;
      sum.framesDropped += row.framesDropped ?? 0;
    }
    if (row.type === "candidate-pair" && row.nominated === true && row.currentRoundTripTime !== undefined) {
      roundTripMs = row.currentRoundTripTime * 1000;
    }
  }
  return { atMs, roundTripMs, ...sum };
}

/** Rates between two reads; a counter that fell (a new peer connection) gives nothing. */
export function ratesBetween(before: LineCounters, after: LineCounters): LineRates | null {
  const seconds = (after.atMs - before.atMs) / 1000;
  const received = after.packetsReceived - before.packetsReceived;
  const lost = after.packetsLost - before.packetsLost;
  if (seconds <= 0 || received < 0 || after.bytesSent < before.bytesSent) return null;
  return {
    upBps: ((after.bytesSent - before.bytesSent) * 8) / seconds,
    downBps: ((after.bytesReceived - before.bytesReceived) * 8) / seconds,
    downLoss: received + lost > 0 ? Math.max(0, lost) / (received + Math.max(0, lost)) : null,
    roundTripMs: after.roundTripMs,
  };
}

export type QualityGrade = "good" | "fair" | "poor" | "unknown";

/** How a line fares by loss and way; the words that a person sees hang on this. */
export function qualityGrade(loss: number | null, roundTripMs: number | null): QualityGrade {
  if (loss === null && roundTripMs === null) return "unknown";
  if ((loss ?? 0) > 0.05 || (roundTripMs ?? 0) > 400) return "poor";
  if ((loss ?? 0) > 0.01 || (roundTripMs ?? 0) > 150) return "fair";
  return "good";
}
