/** How each picture comes in, from two reads of `getStats()`; and what the line is thought to carry. Pure. */

/** The members of a statistics row that are used here; other members are of no interest. */
export interface FigureRow {
  readonly type: string;
  readonly id?: string;
  readonly timestamp?: number;
  readonly kind?: string;
  readonly mid?: string | null;
  readonly codecId?: string;
  readonly mimeType?: string;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly framesDecoded?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly jitter?: number;
  readonly freezeCount?: number;
  readonly totalFreezesDuration?: number;
  readonly nominated?: boolean;
  readonly availableOutgoingBitrate?: number;
}

/** One picture's counters at a moment (ms); widths and heights in its own pixels, 0 before a frame. */
export interface PictureCounters {
  readonly atMs: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly frames: number;
  readonly freezes: number;
  readonly frozenMs: number;
  readonly width: number;
  readonly height: number;
  readonly jitterMs: number | null;
  /** `H264`; empty where the browser does not tell. */
  readonly codec: string;
}

export interface LineFigures {
  /** By section. */
  readonly pictures: ReadonlyMap<string, PictureCounters>;
  /** What the browser thinks the way up carries, bit/s; null: nothing is sent. */
  readonly upEstimateBps: number | null;
}

export function lineFigures(rows: Iterable<FigureRow>): LineFigures {
  const all = [...rows];
  const codecs = new Map(all.filter((row) => row.type === "codec").map((row) => [row.id, row.mimeType?.split("/")[1] ?? ""]));
  const pictures = new Map<string, PictureCounters>();
  for (const row of all) {
    if (row.type === "inbound-rtp" && row.kind === "video" && row.mid != null) pictures.set(row.mid, countersOf(row, codecs.get(row.codecId) ?? ""));
  }
  const pair = all.find((row) => row.type === "candidate-pair" && row.nominated === true);
  const sends = all.some((row) => row.type === "outbound-rtp" && (row.bytesSent ?? 0) > 0);
  return { pictures, upEstimateBps: sends ? (pair?.availableOutgoingBitrate ?? null) : null };
}

function countersOf(row: FigureRow, codec: string): PictureCounters {
  return {
    atMs: row.timestamp ?? 0,
    bytes: row.bytesReceived ?? 0,
    packets: row.packetsReceived ?? 0,
    lost: row.packetsLost ?? 0,
    frames: row.framesDecoded ?? 0,
    freezes: row.freezeCount ?? 0,
    frozenMs: (row.totalFreezesDuration ?? 0) * 1000,
    width: row.frameWidth ?? 0,
    height: row.frameHeight ?? 0,
    jitterMs: row.jitter === undefined ? null : row.jitter * 1000,
    codec,
  };
}

export interface PictureRates {
  readonly framesPerSecond: number;
  readonly bitrateBps: number;
  /** 0..1; null when nothing was due. */
  readonly loss: number | null;
}

/** Rates between two reads; null across a new connection, whose counters begin at zero. */
export function pictureRates(before: PictureCounters | undefined, after: PictureCounters): PictureRates | null {
  if (before === undefined) return null;
  const seconds = (after.atMs - before.atMs) / 1000;
  const came = after.packets - before.packets;
  if (seconds <= 0 || came < 0 || after.frames < before.frames) return null;
  const lost = Math.max(0, after.lost - before.lost);
  return {
    framesPerSecond: (after.frames - before.frames) / seconds,
    bitrateBps: ((after.bytes - before.bytes) * 8) / seconds,
    loss: came + lost > 0 ? lost / (came + lost) : null,
  };
}
