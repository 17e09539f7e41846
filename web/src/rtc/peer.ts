/** One RTCPeerConnection with its slots: offers, takes the answer, watches over its own health. */
import type { Answer, Offer, Slot } from "@/contract/signaling";
import { AppError } from "@/kernel/errors";
import { newId } from "@/kernel/ids";

import { chooseExtensions } from "./headerExtensions";
import { OwnSources } from "./ownSources";
import type { SlotCount } from "./slots";

export type AskAnswer = (offer: Offer) => Promise<Answer>;

export interface PeerEvents {
  /** It has no way to the node: let it look for another. */
  readonly lost: () => void;
  /** It will not come back by itself: begin a new one. */
  readonly failed: () => void;
  readonly connected: () => void;
}

const BUNDLE: RTCBundlePolicy = "max-bundle";
const LOST_AFTER_MS = 500;
/** Another way is found in a few round trips, or there is none. */
const FOUND_WITHIN_MS = 3_000;

/** Of a peer that is made ready before there is a session. */
const NOBODY: PeerEvents = { lost: () => undefined, failed: () => undefined, connected: () => undefined };
const NO_ASK: AskAnswer = () => Promise.reject(new AppError({ code: "network", status: 0 }));

export class Peer {
  readonly id = newId();
  /** Page clock; of its first offer. */
  offeredAtMs = performance.now();
  readonly connection: RTCPeerConnection;
  readonly own: OwnSources;
  private readonly receiving: RTCRtpTransceiver[] = [];
  private slots: readonly Slot[] = [];
  private renewing = false;
  private goneTimer: ReturnType<typeof setTimeout> | null = null;
  private ended = false;
  private wasConnected = false;
  /** How many sections the offer has that nobody was asked to answer yet; 0: there is none. */
  private described = 0;

  constructor(
    private ask: AskAnswer = NO_ASK,
    private events: PeerEvents = NOBODY,
    iceServers: RTCIceServer[] = [],
  ) {
    this.connection = new RTCPeerConnection({ iceServers, bundlePolicy: BUNDLE });
    this.own = new OwnSources(this.connection);
    this.connection.addEventListener("connectionstatechange", this.watch);
    this.connection.addEventListener("iceconnectionstatechange", this.watch);
  }

  /** Receiving sections there are now. */
  get have(): SlotCount {
    const count = (kind: string): number =>
      this.receiving.filter((each) => each.receiver.track.kind === kind).length;
    return { video: count("video"), audio: count("audio") };
  }

  /** Adds receiving sections up to this count; they are in the next offer. */
  grow(to: SlotCount): void {
    const have = this.have;
    for (let more = have.video; more < to.video; more += 1) this.receive("video");
    for (let more = have.audio; more < to.audio; more += 1) this.receive("audio");
  }

  private receive(kind: "audio" | "video"): void {
    const transceiver = this.connection.addTransceiver(kind, { direction: "recvonly" });
    chooseExtensions(transceiver);
    if (kind === "video" && "jitterBufferTarget" in transceiver.receiver)
      transceiver.receiver.jitterBufferTarget = 0;
    this.receiving.push(transceiver);
  }

  /** From now it is this session's. */
  belongTo(ask: AskAnswer, events: PeerEvents): void {
    this.ask = ask;
    this.events = events;
  }

  /** Has the browser make its keys and codecs before there is somebody to offer to. */
  async warmUp(): Promise<void> {
    await this.connection.createOffer();
  }

  /** Makes the first offer whole, relays and all, before there is a seat to send it from. */
  async makeReady(): Promise<void> {
    await this.describe({});
  }

  /** True if its first offer only has to be sent. */
  get ready(): boolean {
    return !this.ended && this.described > 0 && this.described === this.sections;
  }

  private get sections(): number {
    return this.receiving.length + this.own.count;
  }

  /** By which relays it may go; before its first offer. */
  relayBy(iceServers: RTCIceServer[]): void {
    this.connection.setConfiguration({ iceServers, bundlePolicy: BUNDLE });
  }

  /** Offers all sections; resolves when the answer is in place. */
  async negotiate(): Promise<void> {
    await this.offer({});
  }

  /** Looks for another way under the same keys (an ICE restart); `failed` tells if there is none. */
  async renew(): Promise<void> {
    if (this.renewing) return;
    this.calm();
    this.renewing = true;
    try {
      await this.offer({ iceRestart: true });
    } catch (thrown) {
      this.renewing = false;
      throw thrown;
    }
    if (this.ended) return;
    this.goneTimer = setTimeout(this.judge, FOUND_WITHIN_MS);
  }

  /** Keys it has only once it was connected; before that there is nothing to restart. */
  get renewable(): boolean {
    return !this.ended && this.wasConnected;
  }

  private readonly judge = (): void => {
    this.calm();
    const { iceConnectionState } = this.connection;
    if (iceConnectionState !== "connected" && iceConnectionState !== "completed") this.events.failed();
  };

  private async describe(options: RTCOfferOptions): Promise<void> {
    const { sections } = this;
    await this.connection.setLocalDescription(await this.connection.createOffer(options));
    this.described = sections;
  }

  private async offer(options: RTCOfferOptions): Promise<void> {
    if (this.slots.length === 0) this.offeredAtMs = performance.now();
    if (!this.ready) await this.describe(options);
    this.described = 0;
    const sdp = this.connection.localDescription?.sdp ?? "";
    const restarts = options.iceRestart === true;
    const answer = await this.ask({ peer: this.id, sdp, publications: this.own.offered(), restarts_ice: restarts });
    if (this.ended) return;
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    this.slots = answer.slots;
  }

  get slotMids(): ReadonlySet<string> {
    return new Set(this.slots.map((slot) => slot.mid));
  }

  trackOf(mid: string): MediaStreamTrack | null {
    return this.receiverOf(mid)?.track ?? null;
  }

  receiverOf(mid: string): RTCRtpReceiver | null {
    return this.receiving.find((each) => each.mid === mid)?.receiver ?? null;
  }

  get connected(): boolean {
    return this.connection.connectionState === "connected";
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.calm();
    this.connection.removeEventListener("connectionstatechange", this.watch);
    this.connection.removeEventListener("iceconnectionstatechange", this.watch);
    this.connection.close();
  }

  private readonly watch = (): void => {
    const { connectionState, iceConnectionState } = this.connection;
    if (connectionState === "failed" || iceConnectionState === "failed") {
      this.calm();
      this.events.failed();
    } else if (iceConnectionState === "disconnected") {
      if (!this.renewing) this.goneTimer ??= setTimeout(this.events.lost, LOST_AFTER_MS);
    } else if (connectionState === "connected") {
      this.calm();
      this.wasConnected = true;
      this.events.connected();
    }
  };

  private calm(): void {
    if (this.goneTimer !== null) clearTimeout(this.goneTimer);
    this.goneTimer = null;
    this.renewing = false;
  }
}
