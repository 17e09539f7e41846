import { describe, expect, it } from "vitest";

import { lineFigures, pictureRates, type FigureRow, type PictureCounters } from "./pictureFigures";

function report(atMs: number, over: Partial<FigureRow> = {}): FigureRow[] {
  return [
    { type: "codec", id: "c1", mimeType: "video/H264" },
    { type: "inbound-rtp", kind: "audio", mid: "0", timestamp: atMs, packetsReceived: 50 },
    { type: "inbound-rtp", kind: "video", mid: "1", codecId: "c1", timestamp: atMs, frameWidth: 1280, frameHeight: 720, jitter: 0.004, freezeCount: 2, totalFreezesDuration: 0.6, ...over },
    { type: "outbound-rtp", kind: "video", bytesSent: 1_000 },
    { type: "candidate-pair", nominated: false, availableOutgoingBitrate: 1 },
    { type: "candidate-pair", nominated: true, availableOutgoingBitrate: 4_000_000 },
  ];
}

function picture(rows: FigureRow[]): PictureCounters {
  const found = lineFigures(rows).pictures.get("1");
  if (found === undefined) throw new Error("no picture");
  return found;
}

describe("lineFigures", () => {
  it("reads each picture by its section, and the way up by the pair in use", () => {
    const figures = lineFigures(report(1_000));
    expect([...figures.pictures.keys()]).toEqual(["1"]);
    expect(figures.pictures.get("1")).toMatchObject({ width: 1280, height: 720, codec: "H264", jitterMs: 4, freezes: 2, frozenMs: 600 });
    expect(figures.upEstimateBps).toBe(4_000_000);
  });

  it("makes nothing up before the first frame", () => {
    const figures = lineFigures([{ type: "inbound-rtp", kind: "video", mid: "1" }]);
    expect(figures.pictures.get("1")).toMatchObject({ width: 0, codec: "", jitterMs: null });
    expect(figures.upEstimateBps).toBeNull();
  });

  it("knows nothing of a way up on which nothing was sent: the browser only guesses", () => {
    const silent = report(1_000).map((row) => (row.type === "outbound-rtp" ? { ...row, bytesSent: 0 } : row));
    expect(lineFigures(silent).upEstimateBps).toBeNull();
  });
});

describe("pictureRates", () => {
  const before = picture(report(1_000, { framesDecoded: 100, bytesReceived: 0, packetsReceived: 0, packetsLost: 0 }));

  it("gives frames, bits and loss of the time between", () => {
    const after = picture(report(3_000, { framesDecoded: 150, bytesReceived: 500_000, packetsReceived: 190, packetsLost: 10 }));
    expect(pictureRates(before, after)).toEqual({ framesPerSecond: 25, bitrateBps: 2_000_000, loss: 0.05 });
  });

  it("gives no loss where nothing was due, and nothing across a new connection", () => {
    expect(pictureRates(before, { ...before, atMs: 2_000 })?.loss).toBeNull();
    expect(pictureRates(before, picture(report(2_000, { framesDecoded: 1 })))).toBeNull();
    expect(pictureRates(undefined, before)).toBeNull();
  });
});
