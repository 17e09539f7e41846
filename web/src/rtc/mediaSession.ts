/**
 * The media of one seat: keeps one peer connection alive, one's own sources on it, and every wanted
 * publication on a slot. All changes run one after another; a new peer has the same publications.
 */
import type {
  Answer,
  Assignment,
  Offer,
  Publication,
  Shown,
  Source,
  Subscribe,
  Subscribed,
  Viewport,
  Want,
  WantedLayers,
} from "@/contract/signaling";
import { toAppError, type AppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import { backoffMs } from "./backoff";
import { CaptureClock } from "./captureClock";
import { NetworkWatch } from "./networkWatch";
import { kindOf } from "./ownSources";
import { Peer } from "./peer";
import { FIRST_SLOTS, slotsFor, wantedSet, type Viewing } from "./slots";
import { ViewportTeller } from "./viewport";

/** A wanted publication and the track that carries it now. */
export interface Carried {
  readonly publication: string;
  readonly mid: string;
  readonly track: MediaStreamTrack;
}

export interface MediaAsks {
  readonly offer: (offer: Offer) => Promise<Answer>;
  readonly subscribe: (subscribe: Subscribe) => Promise<Subscribed>;
  readonly switchSource: (source: Source, on: boolean) => Promise<unknown>;
  readonly viewport: (viewport: Viewport) => Promise<unknown>;
}

export interface MediaSessionOptions {
  /** Whose seat it is; asked once there is one. */
  readonly self: () => string;
  /** The relays of the newest join: their credentials end within the hour. */
  readonly iceServers: () => RTCIceServer[];
  readonly asks: MediaAsks;
  /** The slots were dealt anew: which publication is on which track. */
  readonly dealt: (carried: ReadonlyMap<string, Carried>) => void;
  readonly connected: (up: boolean) => void;
  /** One whose first offer is made already. */
  readonly warm?: Peer;
}

const NOTHING: Viewing = { seen: new Set(), shown: [] };

export class MediaSession {
  readonly clock = new CaptureClock();
  private readonly viewport = new ViewportTeller(async (shown) => {
    if (this.peer !== null) await this.options.asks.viewport({ peer: this.peer.id, shown });
  });
  private peer: Peer | null = null;
  private warm: Peer | null;
  private readonly tracks = new Map<Source, MediaStreamTrack>();
  private readonly prepared = new Set<Source>();
  private publications: readonly Publication[] = [];
  private viewing: Viewing = NOTHING;
  private dealtLast = "";
  private askedLast = "";
  private turn: Promise<void> = Promise.resolve();
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private ended = false;
  private readonly network: NetworkWatch;

  constructor(private readonly options: MediaSessionOptions) {
    this.network = new NetworkWatch(this.networkCame);
    this.warm = options.warm ?? null;
    if (this.warm !== null) this.adopt(this.warm);
  }

  /** Before there is a seat: what does not depend on it is ready when it is taken. */
  warmUp(): void {
    if (this.warm !== null) return;
    const peer = this.newPeer();
    peer.grow(FIRST_SLOTS);
    this.warm = peer;
    void peer.warmUp().catch((thrown: unknown) => {
      log.warn("media.not_warmed_up", { code: toAppError(thrown).code });
    });
  }

  /**
   * Sends the offer that is ready, if it is, right behind the join, whose outcome it waits for at the server.
   * In the same step: what waits for its turn waits for the whole room to be drawn.
   */
  startBehindJoin(): boolean {
    if (this.warm?.ready !== true) return false;
    this.turn = this.told(this.beginAnew());
    return true;
  }

  /** Begins with sections for these own sources, so that none of them needs a negotiation later. */
  start(prepare: readonly Source[]): void {
    for (const source of prepare) this.prepared.add(source);
    void this.inTurn(async () => {
      const peer = this.peer;
      if (peer === null) await this.beginAnew();
      else if (prepare.some((source) => !peer.own.has(source))) {
        for (const source of prepare) peer.own.add(source);
        await this.renegotiate(peer);
      }
    });
  }

  /**
   * A new peer connection with the same publications and wants: failure, reset, another network. The
   * old one goes on until the new one is agreed, since media outlives a gap of the line.
   */
  restart(): void {
    void this.inTurn(() => this.beginAnew());
  }

  private async beginAnew(): Promise<void> {
    if (this.ended) return;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    const fresh = this.warm ?? this.newPeer();
    this.warm = null;
    for (const source of this.prepared) fresh.own.add(source);
    if (!fresh.ready) fresh.relayBy(this.options.iceServers());
    try {
      await this.negotiate(fresh);
    } catch (thrown) {
      fresh.close();
      this.refused(toAppError(thrown));
      return;
    }
    await this.use(fresh);
  }

  /**
   * The peer in use looks for another way under the same keys: its way is lost, or the network is another.
   * Whom the node has forgotten, or who finds none, is replaced.
   */
  private mend(): void {
    const peer = this.peer;
    if (peer?.renewable !== true) {
      this.restart();
      return;
    }
    void this.inTurn(async () => {
      if (this.ended || this.peer !== peer) return;
      try {
        await peer.renew();
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "media.unknown_peer") this.restart();
        else this.refused(error);
      }
    });
  }

  /** Agrees on what was added to the peer in use; if that fails, a new peer is asked for all of it. */
  private async renegotiate(peer: Peer): Promise<void> {
    try {
      await peer.negotiate();
    } catch (thrown) {
      this.refused(toAppError(thrown));
    }
  }

  /** No offer may stay without an answer: what one may not send any more is left out, the rest goes on. */
  private refused(error: AppError): void {
    log.warn("media.negotiation_failed", { code: error.code });
    const source = [...this.prepared].find((each) => each === error.params["source"]);
    if (error.code !== "source.not_allowed" || source === undefined) {
      this.again(error.retryAfterS);
      return;
    }
    this.prepared.delete(source);
    this.tracks.delete(source);
    this.restart();
  }

  /** The line to the room is back: what waited for it need not wait longer. */
  lineBack(): void {
    this.viewport.again();
    if (this.retry === null && this.peer?.connected === true) return;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.attempt = 0;
    this.mend();
  }

  /** Puts a source on air with this track, or off (null). */
  async publish(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (track === null) this.tracks.delete(source);
    else this.tracks.set(source, track);
    if (track !== null) this.prepared.add(source);
    await this.inTurn(async () => {
      const peer = this.peer;
      if (peer === null) return;
      const fresh = !peer.own.has(source);
      if (fresh && track === null) return;
      peer.own.add(source);
      await peer.own.put(source, this.tracks.get(source) ?? null);
      if (fresh) await this.renegotiate(peer);
    });
    if (this.onAirAlready(source)) await this.tell(source, track !== null);
  }

  /** A publication that began is on by itself; only one that was there before is switched. */
  private onAirAlready(source: Source): boolean {
    return this.publications.some((each) => each.participant === this.options.self() && each.source === source);
  }

  private async tell(source: Source, on: boolean): Promise<void> {
    try {
      await this.options.asks.switchSource(source, on);
    } catch (thrown) {
      log.warn("media.switch_refused", { source, code: toAppError(thrown).code });
    }
  }

  /** What is on air and what is looked at; asks for slots and layers when they changed. */
  watch(publications: Iterable<Publication>, viewing: Viewing): void {
    this.publications = [...publications];
    this.viewing = viewing;
    this.viewport.show(this.shownOfOthers());
    void this.inTurn(() => this.subscribe());
  }

  /** What somebody needs of an own source: only that is encoded. Voice is never held back. */
  obey({ source, wanted, rids }: WantedLayers): void {
    if (kindOf(source) === "video") void this.inTurn(async () => this.peer?.own.send(source, wanted ? rids : null));
  }

  /** The sources that run now. */
  get sources(): ReadonlyMap<Source, MediaStreamTrack> {
    return this.tracks;
  }

  get connection(): RTCPeerConnection | null {
    return this.peer?.connection ?? null;
  }

  /** Its name, and when it was offered (page clock); null before the first is agreed. */
  get peerInUse(): { readonly id: string; readonly offeredAtMs: number } | null {
    return this.peer;
  }

  /** True if this message is about the peer in use. */
  isPeer(id: string): boolean {
    return this.peer?.id === id;
  }

  /** RTP time of the newest frame on a slot, for browsers that do not tell it with the frame. */
  newestRtp(mid: string): number | null {
    return this.peer?.receiverOf(mid)?.getSynchronizationSources()[0]?.rtpTimestamp ?? null;
  }

  close(): void {
    this.ended = true;
    this.network.rest();
    if (this.retry !== null) clearTimeout(this.retry);
    this.viewport.rest();
    this.warm?.close();
    this.peer?.close();
    this.peer = this.warm = null;
  }

  private readonly networkCame = (): void => {
    this.mend();
  };

  private newPeer(): Peer {
    const peer = new Peer();
    this.adopt(peer);
    return peer;
  }

  private adopt(peer: Peer): void {
    const { asks, connected } = this.options;
    peer.belongTo(asks.offer, {
      lost: () => {
        if (this.peer !== peer) return;
        connected(false);
        this.mend();
      },
      failed: () => {
        if (this.peer !== peer) return;
        connected(false);
        this.again();
      },
      connected: () => {
        if (this.peer === peer) connected(true);
      },
    });
  }

  private async negotiate(peer: Peer): Promise<void> {
    peer.grow(slotsFor(this.wants(), this.kinds(), peer.have, peer.own.count));
    for (const [source, track] of this.tracks) await peer.own.put(source, track);
    await peer.negotiate();
  }

  private async use(fresh: Peer): Promise<void> {
    const old = this.peer;
    this.peer = fresh;
    this.clock.clear();
    this.askedLast = "";
    this.attempt = 0;
    if (this.ended) fresh.close();
    await this.subscribe();
    this.viewport.again();
    old?.close();
    if (fresh.connected) this.options.connected(true);
  }

  /** Tries a new peer after a while; the waiting grows and is capped. */
  private again(retryAfterS = 0): void {
    if (this.ended || this.retry !== null) return;
    const wait = Math.max(retryAfterS * 1000, backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
    this.retry = setTimeout(() => {
      this.retry = null;
      this.restart();
    }, wait);
  }

  private shownOfOthers(): Shown[] {
    const there = new Set(this.publications.map((each) => each.id));
    const own = `${this.options.self()}.`;
    return this.viewing.shown.filter((each) => there.has(each.publication) && !each.publication.startsWith(own));
  }

  private wants(): Want[] {
    return wantedSet(this.publications, this.options.self(), this.viewing);
  }

  private kinds(): ReadonlyMap<string, "audio" | "video"> {
    return new Map(this.publications.map((each) => [each.id, each.kind]));
  }

  private async subscribe(): Promise<void> {
    const peer = this.peer;
    if (peer === null || peer.slotMids.size === 0) return;
    const want = this.wants();
    const asked = JSON.stringify([peer.id, want]);
    if (asked === this.askedLast) return;
    const needed = slotsFor(want, this.kinds(), peer.have, peer.own.count);
    if (needed.video > peer.have.video || needed.audio > peer.have.audio) {
      peer.grow(needed);
      await this.renegotiate(peer);
    }
    this.askedLast = asked;
    const { assignments } = await this.options.asks.subscribe({ peer: peer.id, want });
    this.deal(peer, assignments);
  }

  private deal(peer: Peer, assignments: readonly Assignment[]): void {
    const carried = new Map<string, Carried>();
    for (const { publication, mid } of assignments) {
      const track = mid === null ? null : peer.trackOf(mid);
      if (mid !== null && track !== null) carried.set(publication, { publication, mid, track });
    }
    const dealt = [...carried.values()].map((each) => `${peer.id}/${each.publication}/${each.mid}`).join();
    if (dealt === this.dealtLast) return;
    this.dealtLast = dealt;
    this.options.dealt(carried);
  }

  /** One change after another; a failed one does not hinder the next. */
  private inTurn(act: () => Promise<void>): Promise<void> {
    this.turn = this.told(this.turn.then(act));
    return this.turn;
  }

  private async told(act: Promise<void>): Promise<void> {
    try {
      await act;
    } catch (thrown) {
      this.askedLast = "";
      log.warn("media.change_failed", { code: toAppError(thrown).code });
    }
  }
}

/** Own sources that deserve a section from the start: then no switch ever negotiates. */
export function preparedSources(mayPublish: readonly Source[], role: string): readonly Source[] {
  return role === "viewer" ? mayPublish.filter((source) => kindOf(source) === "audio") : mayPublish;
}
