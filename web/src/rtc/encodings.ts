/** How each source is sent: layers, rates, what may give way. The scope is the last to (DESIGN 3). */
import type { Source } from "@/contract/signaling";

export interface SendPlan {
  readonly encodings: RTCRtpEncodingParameters[];
  readonly contentHint: "" | "detail" | "motion" | "speech";
  readonly degradation: RTCDegradationPreference;
  /** Codecs in the order in which they are asked for. */
  readonly codecs: readonly string[];
}

const MBIT = 1_000_000;

/** Three layers of a picture: high, mid, low. Order low to high is what Chromium wants of sizes. */
function layered(high: number, mid: number, low: number): RTCRtpEncodingParameters[] {
  return [
    { rid: "l", scaleResolutionDownBy: 4, maxBitrate: low },
    { rid: "m", scaleResolutionDownBy: 2, maxBitrate: mid },
    { rid: "h", scaleResolutionDownBy: 1, maxBitrate: high },
  ];
}

const H264_FIRST = ["video/H264", "video/VP8"] as const;
const VP8_FIRST = ["video/VP8", "video/H264"] as const;

/** The plan for a source; H264 goes first where the replay is to need no second encoding. */
export function sendPlan(source: Source): SendPlan {
  switch (source) {
    case "scope":
      return {
        encodings: layered(4 * MBIT, 1.2 * MBIT, 0.3 * MBIT),
        contentHint: "detail",
        degradation: "maintain-resolution",
        codecs: H264_FIRST,
      };
    case "screen":
    case "monitor":
      return {
        encodings: layered(2.5 * MBIT, 0.8 * MBIT, 0.25 * MBIT),
        contentHint: "detail",
        degradation: "maintain-resolution",
        codecs: H264_FIRST,
      };
    case "hand":
    case "bedside":
      return {
        encodings: [{ rid: "h", maxBitrate: 1.5 * MBIT }],
        contentHint: "motion",
        degradation: "balanced",
        codecs: H264_FIRST,
      };
    case "camera":
      return {
        encodings: layered(1 * MBIT, 0.35 * MBIT, 0.12 * MBIT),
        contentHint: "motion",
        degradation: "maintain-framerate",
        codecs: VP8_FIRST,
      };
    case "voice":
    case "commentary":
      return {
        encodings: [{ maxBitrate: 48_000, priority: "high", networkPriority: "high" }],
        contentHint: "speech",
        degradation: "balanced",
        codecs: ["audio/opus"],
      };
  }
}

/** The browser's codecs with these first and in this order; the others stay behind as fallback. */
export function preferCodecs<
  T extends { readonly mimeType: string; readonly sdpFmtpLine?: string | undefined },
>(all: readonly T[], wanted: readonly string[]): T[] {
  const place = (codec: T): number => {
    const at = wanted.findIndex((name) => name.toLowerCase() === codec.mimeType.toLowerCase());
    if (at < 0) return wanted.length;
    return at + (isBaselineNonInterleaved(codec) ? 0.5 : 0);
  };
  return all
    .map((codec, index) => ({ codec, index }))
    .sort((a, b) => place(a.codec) - place(b.codec) || a.index - b.index)
    .map((each) => each.codec);
}

/** H264 in one packet a frame (packetization-mode 0) is of no use for large pictures. */
function isBaselineNonInterleaved(codec: {
  readonly mimeType: string;
  readonly sdpFmtpLine?: string | undefined;
}): boolean {
  return (
    codec.mimeType.toLowerCase() === "video/h264" &&
    !(codec.sdpFmtpLine ?? "").includes("packetization-mode=1")
  );
}
