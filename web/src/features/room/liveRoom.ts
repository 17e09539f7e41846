/**
 * The room as the screens see it: the line, the fold of its events, marks, media and clocks put
 * together. It decides nothing; rules are in `rtc/` and `annotation/`.
 */
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  triggerRef,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from "vue";

import { OwnMarks } from "@/annotation/ownMarks";
import { Passing } from "@/annotation/passing";
import { applyChanges, markState, NO_MARKS, type MarkState } from "@/annotation/state";
import type {
  Flow,
  Joined,
  Participant,
  PassingEvent,
  Publication,
  QualityRow,
  Right,
  RoomEvent,
  Source,
} from "@/contract/signaling";
import { lineNotice, type ConnectionState, type LineNotice } from "@/rtc/connectionStates";
import { MediaSession, preparedSources, type Carried } from "@/rtc/mediaSession";
import type { Peer } from "@/rtc/peer";
import { RoomConnection, type ClosedBecause } from "@/rtc/roomConnection";
import { afterJoin, applyEvent, EMPTY_ROOM, missedOf, type RoomState } from "@/rtc/roomState";
import type { Viewing } from "@/rtc/slots";
import type { OpenLine } from "@/rtc/socketLine";
import { Speaking } from "@/rtc/speaking";

/** What the room tells of comments and likes. */
export type DiscussionEvent = RoomEvent & { readonly name: "comment.posted" | "comment.hidden" | "likes.counted" };

export interface LiveRoomOptions {
  readonly room: string;
  readonly device: "desk" | "phone";
  readonly grant: () => string | Promise<string>;
  /** The line that the check dialled already, if there is one, and the peer whose offer is made. */
  readonly open?: OpenLine;
  readonly peer?: Peer | null;
  readonly discussed: (event: DiscussionEvent) => void;
  readonly speakAsked: () => void;
  readonly muted: (source: Source) => void;
}

export interface LiveRoom {
  readonly connection: RoomConnection;
  readonly state: ShallowRef<RoomState>;
  readonly marks: ShallowRef<MarkState>;
  readonly ownMarks: OwnMarks;
  readonly passing: Passing;
  readonly line: Ref<ConnectionState>;
  readonly notice: Ref<LineNotice>;
  readonly closed: ShallowRef<ClosedBecause | null>;
  readonly missedMs: Ref<number | null>;
  readonly self: ComputedRef<Participant | null>;
  readonly selfId: Ref<string>;
  readonly mayPublish: ComputedRef<readonly Source[]>;
  readonly carried: ShallowRef<ReadonlyMap<string, Carried>>;
  readonly media: ShallowRef<MediaSession | null>;
  readonly mediaUp: Ref<boolean>;
  /** Publications whose voice is heard now. */
  readonly speaking: ShallowRef<ReadonlySet<string>>;
  readonly quality: ShallowRef<readonly QualityRow[]>;
  /** What of each picture flows here, and why; null: not told (yet). */
  readonly flow: ShallowRef<Flow | null>;
  may(right: Right): boolean;
  /** The server's time now, ms since 1970 UTC. */
  now(): number;
  /** Called on each change of marks, strokes and pointers. */
  onDraw(act: () => void): () => void;
  drawn(): void;
  /** `kept` says which publications are asked for at all. */
  view(viewing: Viewing, kept?: (publication: Publication) => boolean): void;
  leave(): Promise<void>;
}

interface Refs {
  readonly state: ShallowRef<RoomState>;
  readonly marks: ShallowRef<MarkState>;
  readonly line: Ref<ConnectionState>;
  readonly notice: Ref<LineNotice>;
  readonly closed: ShallowRef<ClosedBecause | null>;
  readonly missedMs: Ref<number | null>;
  readonly joined: ShallowRef<Joined | null>;
  readonly carried: ShallowRef<ReadonlyMap<string, Carried>>;
  readonly media: ShallowRef<MediaSession | null>;
  readonly mediaUp: Ref<boolean>;
  readonly speaking: ShallowRef<ReadonlySet<string>>;
  readonly quality: ShallowRef<readonly QualityRow[]>;
  readonly flow: ShallowRef<Flow | null>;
}

function makeRefs(): Refs {
  return {
    state: shallowRef(EMPTY_ROOM),
    marks: shallowRef(NO_MARKS),
    line: ref<ConnectionState>("idle"),
    notice: ref<LineNotice>("none"),
    closed: shallowRef(null),
    missedMs: ref<number | null>(null),
    joined: shallowRef(null),
    carried: shallowRef(new Map()),
    media: shallowRef(null),
    mediaUp: ref(false),
    speaking: shallowRef(new Set()),
    quality: shallowRef([]),
    flow: shallowRef(null),
  };
}

type MediaEvent = PassingEvent & { readonly name: "media.slot_clock" | "media.reset" | "media.flow" | "media.wanted_layers" };

const NOTICE_EVERY_MS = 500;
const BACK_FOR_MS = 8_000;

class Hall {
  readonly refs = makeRefs();
  readonly ownMarks = new OwnMarks();
  readonly passing = new Passing();
  readonly listeners = new Set<() => void>();
  readonly connection: RoomConnection;
  private kept: (publication: Publication) => boolean = () => true;
  private viewing: Viewing = { seen: new Set(), shown: [] };
  /** Made while the seat is asked for: a browser takes as long for its first offer as the line for the seat. */
  private warm: MediaSession | null = null;
  private readonly voices = new Speaking((speaking) => {
    this.refs.speaking.value = speaking;
  });
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly options: LiveRoomOptions) {
    this.connection = new RoomConnection({
      ...options,
      events: {
        state: (state) => {
          this.refs.line.value = state;
        },
        joined: this.seated,
        numbered: this.event,
        passing: this.passingEvent,
        closed: this.ended,
      },
    });
    window.addEventListener("online", this.networkCame);
    this.timer = setInterval(() => {
      this.refs.notice.value = lineNotice(this.connection.downSinceMs, performance.now());
    }, NOTICE_EVERY_MS);
  }

  /** Dials first: what the browser makes meanwhile is on the same thread. */
  enter(): void {
    this.connection.start();
    this.warm = this.newMedia(this.options.peer ?? undefined);
    const begun = this.connection.state === "joining" && this.warm.startBehindJoin();
    if (!begun) this.warm.warmUp();
  }

  drawn(): void {
    for (const act of this.listeners) act();
  }

  view(viewing: Viewing, kept = this.kept): void {
    this.viewing = viewing;
    this.kept = kept;
    const wanted = [...this.refs.state.value.publications.values()].filter(kept);
    this.refs.media.value?.watch(wanted, viewing);
  }

  close(): void {
    window.removeEventListener("online", this.networkCame);
    clearInterval(this.timer);
    this.connection.stop();
    this.warm?.close();
    this.refs.media.value?.close();
  }

  private readonly networkCame = (): void => {
    this.connection.retryNow();
  };

  private readonly seated = (joined: Joined, missedMs: number | null): void => {
    const { refs } = this;
    refs.state.value = afterJoin(refs.state.value, joined);
    if (joined.snapshot) {
      const { marks, pages, page_shown: shown } = joined.snapshot;
      refs.marks.value = markState(marks, pages, shown);
    }
    for (const event of missedOf(joined)) this.besideState(event);
    refs.notice.value = "none";
    this.tellBack(missedMs);
    this.takeMedia(joined);
    this.drawn();
  };

  /** Back after a gap: how much was missed, for a while. */
  private tellBack(missedMs: number | null): void {
    if (missedMs === null || missedMs < 2_000) return;
    this.refs.missedMs.value = missedMs;
    setTimeout(() => {
      this.refs.missedMs.value = null;
    }, BACK_FOR_MS);
  }

  /** Media outlives a gap of the line; only another seat needs another session. */
  private takeMedia(joined: Joined): void {
    const { refs } = this;
    const same = refs.joined.value?.participant === joined.participant && refs.media.value !== null;
    refs.joined.value = joined;
    if (!same) {
      refs.media.value?.close();
      refs.media.value = this.warm ?? this.newMedia();
      this.warm = null;
      refs.media.value.start(preparedSources(joined.may_publish, this.selfRole(joined)));
    } else {
      refs.media.value?.lineBack();
    }
    this.view(this.viewing);
  }

  private selfRole(joined: Joined): string {
    return this.refs.state.value.participants.get(joined.participant)?.role ?? "viewer";
  }

  private newMedia(warm?: Peer): MediaSession {
    const { connection } = this;
    return new MediaSession({
      ...(warm === undefined ? {} : { warm }),
      self: () => this.refs.joined.value?.participant ?? "",
      iceServers: () => (this.refs.joined.value?.ice_servers ?? []) as unknown as RTCIceServer[],
      asks: {
        offer: (offer) => connection.request("media.offer", offer),
        subscribe: (subscribe) => connection.request("media.subscribe", subscribe),
        switchSource: (source, on) => connection.request("media.switch", { source, on }),
        viewport: (viewport) => connection.request("media.viewport", viewport),
      },
      dealt: (carried) => {
        this.refs.carried.value = carried;
      },
      connected: (up) => {
        this.refs.mediaUp.value = up;
      },
    });
  }

  private readonly event = (event: RoomEvent): void => {
    this.refs.state.value = applyEvent(this.refs.state.value, event);
    this.besideState(event);
    if (event.name.startsWith("publication.")) this.view(this.viewing);
  };

  /** What an event means for marks and comments; the room's own state is folded apart. */
  private besideState(event: RoomEvent): void {
    if (event.name === "marks.changed") {
      const { changes } = event.data;
      this.refs.marks.value = applyChanges(this.refs.marks.value, changes);
      this.ownMarks.settle(changes);
      for (const mark of changes.put) this.passing.end(mark.id);
      this.drawn();
    } else if (event.name === "comment.posted" || event.name === "comment.hidden" || event.name === "likes.counted") {
      this.options.discussed(event);
    } else if (event.name === "participant.left") this.passing.forget(event.data.participant);
  }

  private readonly passingEvent = (event: PassingEvent): void => {
    const nowMs = performance.now();
    switch (event.name) {
      case "stroke.shown":
        this.passing.stroke(event.data.author, event.data.stroke, nowMs);
        this.drawn();
        return;
      case "pointer.moved":
        this.passing.pointer(event.data.author, event.data.pointer.target, event.data.pointer.at, nowMs);
        this.drawn();
        return;
      case "media.slot_clock":
      case "media.reset":
      case "media.flow":
      case "media.wanted_layers":
        this.mediaEvent(event);
        return;
      case "quality":
        this.refs.quality.value = event.data.rows;
        return;
      case "audio.levels":
        this.voices.hear(event.data.levels);
        return;
      case "speak.asked":
        this.options.speakAsked();
        return;
      case "muted":
        this.options.muted(event.data.source);
        return;
      case "media.peer":
      case "bye":
        return;
    }
  };

  private mediaEvent(event: MediaEvent): void {
    const media = this.refs.media.value;
    if (event.name === "media.reset") media?.restart();
    else if (event.name === "media.wanted_layers") media?.obey(event.data);
    else if (event.name === "media.flow") {
      if (media?.isPeer(event.data.peer) === true) this.refs.flow.value = event.data;
    } else if (media?.isPeer(event.data.peer) === true) {
      const { mid, rid, rtp_timestamp: rtpTimestamp, capture_ms: captureMs, clock_rate: clockRate } = event.data;
      const sourceRtpTimestamp = event.data.source_rtp_timestamp;
      media.clock.point(mid, { rtpTimestamp, sourceRtpTimestamp, rid, captureMs, clockRate });
    }
  }

  private readonly ended = (because: ClosedBecause): void => {
    this.refs.closed.value = because;
    this.warm?.close();
    this.refs.media.value?.close();
    this.refs.media.value = null;
    this.refs.carried.value = new Map();
    triggerRef(this.refs.media);
  };
}

/** Enters the room; leaves the line with the scope that made it (a reload keeps the seat). */
export function useLiveRoom(options: LiveRoomOptions): LiveRoom {
  const hall = new Hall(options);
  const { refs, connection } = hall;
  const selfId = computed(() => refs.joined.value?.participant ?? "");
  const self = computed(() => refs.state.value.participants.get(selfId.value) ?? null);
  const rights = computed(() => self.value?.rights ?? refs.joined.value?.rights ?? []);
  onScopeDispose(() => {
    hall.close();
  });
  hall.enter();
  return {
    ...refs,
    connection,
    ownMarks: hall.ownMarks,
    passing: hall.passing,
    self,
    selfId,
    mayPublish: computed(() => withVoice(refs.joined.value?.may_publish ?? [], rights.value)),
    may: (right) => rights.value.includes(right),
    now: () => connection.clock.serverMs(performance.now()),
    onDraw(act) {
      hall.listeners.add(act);
      return () => hall.listeners.delete(act);
    },
    drawn: () => {
      hall.drawn();
    },
    view: (viewing, kept) => {
      hall.view(viewing, kept);
    },
    leave: () => connection.leave(),
  };
}

/** One who was asked to speak may publish voice, though the grant did not name it. */
function withVoice(sources: readonly Source[], rights: readonly Right[]): readonly Source[] {
  const heard = sources.includes("voice") || sources.includes("commentary");
  return heard || !rights.includes("speak") ? sources : [...sources, "voice"];
}
