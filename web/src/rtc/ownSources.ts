/** One's own sources: the sections they are sent on, and what runs on them now. */
import type { OfferedPublication, Source } from "@/contract/signaling";

import { chooseExtensions } from "./headerExtensions";
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
    chooseExtensions(transceiver);
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

  /** Encodes only these layers (none named: all there are), or nothing at all (null). */
  async send(source: Source, rids: readonly string[] | null): Promise<void> {
    const sender = this.sections.get(source)?.transceiver.sender;
    const parameters = sender?.getParameters();
    if (sender === undefined || parameters === undefined) return;
    const asked = parameters.encodings.map(({ active }) => active);
    for (const each of parameters.encodings) each.active = isWanted(each.rid, rids, parameters.encodings.length);
    if (parameters.encodings.some(({ active }, at) => active !== asked[at])) await sender.setParameters(parameters);
  }

  /** What the offer's sending sections show; only those that have a mid. */
  offered(): OfferedPublication[] {
    return [...this.sections].flatMap(([source, { transceiver }]) =>
      transceiver.mid === null ? [] : [{ mid: transceiver.mid, source }],
    );
  }
}

/** An encoding that is alone has no rid in some browsers. */
function isWanted(rid: string | undefined, rids: readonly string[] | null, count: number): boolean {
  if (rids === null) return false;
  return rids.length === 0 || count === 1 || rid === undefined || rids.includes(rid);
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
