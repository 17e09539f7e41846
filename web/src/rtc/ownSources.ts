/** One's own sources: the sections they are sent on, and what runs on them now. */
import type { OfferedPublication, Source } from "@/contract/signaling";

import { preferCodecs, sendPlan } from "./encodings";

export const AUDIO_SOURCES: readonly Source[] = ["voice", "commentary"];

export function kindOf(source: Source): "audio" | "video" {
  return AUDIO_SOURCES.includes(source) ? "audio" : "video";
}

interface Section {
  readonly transceiver: RTCRtpTransceiver;
  track: MediaStreamTrack | null;
}

/**
 * Sending sections of one peer connection. A section once offered stays; a source goes on and off by
 * replacing its track, without a negotiation (E1).
 */
export class OwnSources {
  private readonly sections = new Map<Source, Section>();

  constructor(private readonly peer: RTCPeerConnection) {}

  has(source: Source): boolean {
    return this.sections.has(source);
  }

  get count(): number {
    return this.sections.size;
  }

  /** Adds a section for this source; it is in the next offer. */
  add(source: Source): void {
    if (this.sections.has(source)) return;
    const plan = sendPlan(source);
    const kind = kindOf(source);
    const transceiver = this.peer.addTransceiver(kind, {
      direction: "sendonly",
      sendEncodings: plan.encodings,
    });
    const codecs = RTCRtpSender.getCapabilities(kind)?.codecs;
    if (codecs) transceiver.setCodecPreferences(preferCodecs(codecs, plan.codecs));
    this.sections.set(source, { transceiver, track: null });
  }

  /** Puts a track on the source's section, or takes it off (null). */
  async put(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const section = this.sections.get(source);
    if (section === undefined) throw new Error(`no section for ${source}`);
    section.track = track;
    if (track !== null) prepare(source, track);
    await section.transceiver.sender.replaceTrack(track);
    if (track !== null) await keepWhatMatters(source, section.transceiver.sender);
  }

  /** What the offer's sending sections show; only those that have a mid. */
  offered(): OfferedPublication[] {
    return [...this.sections].flatMap(([source, { transceiver }]) =>
      transceiver.mid === null ? [] : [{ mid: transceiver.mid, source }],
    );
  }
}

function prepare(source: Source, track: MediaStreamTrack): void {
  const { contentHint } = sendPlan(source);
  if (contentHint !== "") track.contentHint = contentHint;
}

/** Tells the encoder what may give way when the line is thin. */
async function keepWhatMatters(source: Source, sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  if (parameters.encodings.length === 0) return;
  parameters.degradationPreference = sendPlan(source).degradation;
  await sender.setParameters(parameters);
}
