import { describe, expect, it } from "vitest";

import type { Publication } from "@/contract/signaling";

import { backoffMs } from "./backoff";
import { deviceRefusal, proposeScope, toDevices } from "./devices";
import { preferCodecs, sendPlan } from "./encodings";
import { countersOf, qualityGrade, ratesBetween } from "./lineRates";
import { levelOf, TalkDetector } from "./micMeter";
import { fitMask, maskPixels } from "./nameMask";
import { MAX_SECTIONS, slotsFor, wantedSet } from "./slots";

function publication(
  id: string,
  source: Publication["source"],
  over: Partial<Publication> = {},
): Publication {
  const kind = source === "voice" || source === "commentary" ? "audio" : "video";
  return { id, participant: id.split(".")[0] ?? "", source, kind, codec: "", layers: [], on: true, ...over };
}

const LOOKING = { seen: new Set(["e.scope", "e.hand"]), shown: [] };

describe("wantedSet", () => {
  const all = [
    publication("e.scope", "scope"),
    publication("e.hand", "hand"),
    publication("v.camera", "camera"),
    publication("e.voice", "voice"),
    publication("me.camera", "camera"),
  ];

  it("keeps hidden pictures in their lowest layer and leaves out one's own", () => {
    expect(wantedSet(all, "me", LOOKING)).toEqual([
      { publication: "e.voice", layer: "auto", paused: false },
      { publication: "e.scope", layer: "auto", paused: false },
      { publication: "e.hand", layer: "auto", paused: false },
      { publication: "v.camera", layer: "low", paused: false },
    ]);
  });

  it("gives up faces first when there is too much", () => {
    const many = [...all, ...Array.from({ length: 60 }, (_, at) => publication(`v${at}.camera`, "camera"))];
    const wants = wantedSet(many, "me", LOOKING);

    expect(wants).toHaveLength(MAX_SECTIONS);
    expect(wants.slice(0, 3).map((want) => want.publication)).toEqual(["e.voice", "e.scope", "e.hand"]);
  });
});

describe("slotsFor", () => {
  it("begins with four of each, grows in steps and never shrinks", () => {
    const wants = Array.from({ length: 5 }, (_, at) => ({ publication: `p${at}` }));
    const kinds = new Map(wants.map((want) => [want.publication, "video" as const]));

    expect(slotsFor([], kinds, { video: 0, audio: 0 }, 2)).toEqual({ video: 4, audio: 4 });
    expect(slotsFor(wants, kinds, { video: 4, audio: 4 }, 2)).toEqual({ video: 6, audio: 4 });
    expect(slotsFor([], kinds, { video: 6, audio: 4 }, 2)).toEqual({ video: 6, audio: 4 });
  });

  it("stays within the sections of an offer, voices first", () => {
    const wants = Array.from({ length: 40 }, (_, at) => ({ publication: `p${at}` }));
    const kinds = new Map(wants.map((want) => [want.publication, "video" as const]));
    const count = slotsFor(wants, kinds, { video: 4, audio: 4 }, 5);

    expect(count.video + count.audio + 5).toBeLessThanOrEqual(MAX_SECTIONS);
    expect(count.audio).toBe(4);
  });
});

describe("preferCodecs", () => {
  it("puts H264 with packetization-mode 1 first and keeps the rest as fallback", () => {
    const codecs = [
      { mimeType: "video/VP8" },
      { mimeType: "video/rtx" },
      { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=0" },
      { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=42e01f" },
    ];

    const names = preferCodecs(codecs, sendPlan("scope").codecs).map(
      (codec) => codec.sdpFmtpLine ?? codec.mimeType,
    );

    expect(names).toEqual([
      "packetization-mode=1;profile-level-id=42e01f",
      "packetization-mode=0",
      "video/VP8",
      "video/rtx",
    ]);
  });
});

describe("sendPlan", () => {
  it("holds the scope's resolution and lets a face's go", () => {
    expect(sendPlan("scope").degradation).toBe("maintain-resolution");
    expect(sendPlan("scope").encodings.map((each) => each.scaleResolutionDownBy)).toEqual([4, 2, 1]);
    expect(sendPlan("camera").degradation).toBe("maintain-framerate");
  });
});

describe("backoffMs", () => {
  it("doubles, is capped and never quite regular", () => {
    expect(backoffMs(0, 0)).toBe(125);
    expect(backoffMs(0, 1)).toBe(250);
    expect(backoffMs(3, 1)).toBe(2_000);
    expect(backoffMs(99, 1)).toBe(8_000);
  });
});

describe("ratesBetween", () => {
  const rows = (bytes: number, packets: number, lost: number): Parameters<typeof countersOf>[0] => [
    { type: "inbound-rtp", bytesReceived: bytes, packetsReceived: packets, packetsLost: lost },
    { type: "outbound-rtp", bytesSent: bytes / 2 },
    { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.031 },
  ];

  it("gives rates, loss and way", () => {
    const rates = ratesBetween(countersOf(rows(0, 0, 0), 0), countersOf(rows(250_000, 90, 10), 1_000));
    expect(rates).toEqual({ upBps: 1_000_000, downBps: 2_000_000, downLoss: 0.1, roundTripMs: 31 });
  });

  it("gives nothing across a new connection, whose counters begin at zero", () => {
    expect(ratesBetween(countersOf(rows(250_000, 90, 0), 0), countersOf(rows(0, 0, 0), 1_000))).toBeNull();
  });

  it("grades a line by loss and way", () => {
    expect(qualityGrade(0, 20)).toBe("good");
    expect(qualityGrade(0.02, 20)).toBe("fair");
    expect(qualityGrade(0.2, 20)).toBe("poor");
    expect(qualityGrade(null, null)).toBe("unknown");
  });
});

describe("devices", () => {
  it("proposes a capture card as the scope, else the second camera", () => {
    const row = (deviceId: string, label: string) => ({ deviceId, label, kind: "videoinput" as const });

    expect(proposeScope(toDevices([row("a", "Integrated"), row("b", "USB3 HDMI Capture")]))?.id).toBe("b");
    expect(proposeScope(toDevices([row("a", "x"), row("b", "y")]))?.id).toBe("b");
    expect(proposeScope([])).toBeNull();
  });

  it("names the browser's refusals", () => {
    const code = (name: string): string => deviceRefusal(new DOMException("", name)).code;

    expect(code("NotAllowedError")).toBe("device.denied");
    expect(code("NotReadableError")).toBe("device.busy");
    expect(code("Whatever")).toBe("device.failed");
  });
});

describe("TalkDetector", () => {
  it("notices talking after a while, forgets it after a pause, and not a cough", () => {
    const talk = new TalkDetector();
    expect(talk.hear(0.9, 0)).toBe(false);
    expect(talk.hear(0.9, 150)).toBe(false);
    expect(talk.hear(0, 300)).toBe(false);

    for (let now = 400; now < 1_000; now += 80) talk.hear(0.8, now);
    expect(talk.hear(0.8, 1_000)).toBe(true);
    expect(talk.hear(0, 3_000)).toBe(true);
    expect(talk.hear(0, 4_000)).toBe(false);
  });

  it("measures silence as 0 and full scale as 1", () => {
    expect(levelOf(new Float32Array(512))).toBe(0);
    expect(levelOf(new Float32Array(512).fill(1))).toBe(1);
  });
});

describe("the name mask", () => {
  it("covers whole pixels and stays in the picture", () => {
    expect(maskPixels({ x: 0.001, y: 0, width: 0.25, height: 0.1 }, 1920, 1080)).toEqual([1, 0, 481, 108]);
    expect(fitMask({ x: 0.9, y: -1, width: 0.5, height: 0.001 })).toEqual({
      x: 0.5,
      y: 0,
      width: 0.5,
      height: 0.02,
    });
  });
});
