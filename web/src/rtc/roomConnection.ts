/**
 * The line to a room: dials with a fresh grant, takes the seat (again), hands on what the server
 * says in its order, and dials again by itself until it is refused or told goodbye.
 */
import {
  NUMBERED_FRAME,
  VOLATILE_FRAME,
  type Joined,
  type LeaveReason,
  type PassingEvent,
  type RequestAnswer,
  type RequestData,
  type RoomEvent,
} from "@/contract/signaling";
import { AppError, toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import { backoffMs } from "./backoff";
import { nextConnectionState, type ConnectionEvent, type ConnectionState } from "./connectionStates";
import type { AskName, TellName } from "./requests";
import { forgetSeat, keepSeat, keptSeat } from "./seatStore";
import { ServerClock } from "./serverClock";
import { openSocketLine, type Line, type OpenLine } from "./socketLine";
import { answerOf, numberedFrame, passingFrame, refusalOf } from "./wire";

export type ClosedBecause =
  | { readonly kind: "refused"; readonly error: AppError }
  | { readonly kind: "bye"; readonly reason: LeaveReason }
  | { readonly kind: "stopped" };

export interface RoomConnectionEvents {
  readonly state: (state: ConnectionState) => void;
  readonly joined: (joined: Joined, missedMs: number | null) => void;
  readonly numbered: (event: RoomEvent) => void;
  readonly passing: (event: PassingEvent) => void;
  readonly closed: (because: ClosedBecause) => void;
}

export interface RoomConnectionOptions {
  /** Key of the seat in this tab. */
  readonly room: string;
  readonly device: "desk" | "phone";
  /** A fresh grant, at once if it is at hand; asked for before every dial. An `AppError` of 4xx is final. */
  readonly grant: () => string | Promise<string>;
  readonly events: RoomConnectionEvents;
  readonly open?: OpenLine;
}

const REQUEST_TIMEOUT_MS = 8_000;
const PING_EVERY_MS = 10_000;
const FIRST_PINGS = 4;
const FIRST_PING_GAP_MS = 600;

export class RoomConnection {
  readonly clock = new ServerClock();
  private current: ConnectionState = "idle";
  private line: Line | null = null;
  private attempt = 0;
  private dial = 0;
  private lastSeq = 0;
  private folded = false;
  private downSince: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private pinger: ReturnType<typeof setTimeout> | null = null;
  private pings = 0;

  constructor(private readonly options: RoomConnectionOptions) {}

  get state(): ConnectionState {
    return this.current;
  }

  /** Since when the line is down, page clock; null while it is up. */
  get downSinceMs(): number | null {
    return this.downSince;
  }

  /** Enters the room; may be called once. */
  start(): void {
    this.downSince = performance.now();
    this.step("start");
    this.open();
  }

  /** Does not wait any longer for the next try: the person asked, or the network came back. */
  retryNow(): void {
    if (this.current !== "waiting") return;
    this.clearTimer();
    this.step("retry");
    this.open();
  }

  /** Leaves for good: the seat is given up. */
  async leave(): Promise<void> {
    if (this.current === "live") await this.request("room.leave", {}).catch(() => undefined);
    forgetSeat(this.options.room);
    this.finish("stop", { kind: "stopped" });
  }

  /** Lets go of the line without giving up the seat: the page is closing. */
  stop(): void {
    if (this.current !== "closed") this.finish("stop", { kind: "stopped" });
  }

  /**
   * Asks the server; throws an `AppError` with its code, `network` or `timeout`. Media may be asked for while
   * the seat is: the server takes both in their order.
   */
  async request<N extends AskName>(name: N, data: RequestData<N>): Promise<RequestAnswer<N>> {
    const behindJoin = this.current === "joining" && name === "media.offer";
    if (this.current !== "live" && !behindJoin) throw new AppError({ code: "network", status: 0 });
    return (await this.ask(name, data)) as RequestAnswer<N>;
  }

  /** Says something that may get lost: pointer, stroke in progress. */
  tell<N extends TellName>(name: N, data: RequestData<N>): void {
    if (this.current === "live") this.line?.tell(name, data);
  }

  private async ask(name: string, data: object): Promise<unknown> {
    const line = this.line;
    if (line === null) throw new AppError({ code: "network", status: 0 });
    let ack: unknown;
    try {
      ack = await line.request(name, data, REQUEST_TIMEOUT_MS);
    } catch (cause) {
      throw new AppError({ code: "timeout", status: 0 }, { cause });
    }
    return answerOf(ack);
  }

  private step(event: ConnectionEvent): void {
    const next = nextConnectionState(this.current, event);
    if (next === this.current) return;
    this.current = next;
    this.options.events.state(next);
  }

  private open(): void {
    this.dial += 1;
    const dial = this.dial;
    const grant = this.options.grant();
    if (typeof grant === "string") {
      this.dialWith(dial, grant);
      return;
    }
    grant.then(
      (given) => {
        this.dialWith(dial, given);
      },
      (thrown: unknown) => {
        this.grantFailed(dial, toAppError(thrown));
      },
    );
  }

  private dialWith(dial: number, grant: string): void {
    if (dial !== this.dial || this.current !== "dialling") return;
    const mine = (act: () => void) => () => {
      if (dial === this.dial) act();
    };
    this.line = (this.options.open ?? openSocketLine)(grant, {
      opened: mine(() => void this.join(dial)),
      dropped: mine(() => {
        this.dropped();
      }),
      refused: (body) => {
        if (dial === this.dial) this.refused(refusalOf(body));
      },
      frame: (name, body) => {
        if (dial === this.dial) this.heard(name, body);
      },
    });
    if (this.line.isOpen) void this.join(dial);
  }

  private grantFailed(dial: number, error: AppError): void {
    if (dial !== this.dial || this.current !== "dialling") return;
    if (error.status >= 400 && error.status < 500 && error.status !== 429) this.refused(error);
    else this.dropped();
  }

  private async join(dial: number): Promise<void> {
    this.step("opened");
    const seat = keptSeat(this.options.room);
    const resume = seat === null ? null : { ...seat, last_seq: this.folded ? this.lastSeq : 0 };
    try {
      const joined = (await this.ask("room.join", { device: this.options.device, resume })) as Joined;
      if (dial === this.dial && this.current === "joining") this.seated(joined);
    } catch (thrown) {
      if (dial === this.dial && this.current === "joining")
        this.joinFailed(toAppError(thrown), seat !== null);
    }
  }

  private joinFailed(error: AppError, resumed: boolean): void {
    if (error.code === "timeout" || error.code === "network") {
      this.dropped();
    } else if (resumed && error.code === "room.seat_lost") {
      forgetSeat(this.options.room);
      this.dropped();
    } else {
      this.refused(error);
    }
  }

  private seated(joined: Joined): void {
    const missedMs = this.folded && this.downSince !== null ? performance.now() - this.downSince : null;
    keepSeat(this.options.room, { participant: joined.participant, key: joined.key });
    this.lastSeq = joined.seq;
    this.folded = true;
    this.attempt = 0;
    this.downSince = null;
    this.step("joined");
    this.options.events.joined(joined, missedMs);
    this.clock.forget();
    this.pings = 0;
    void this.ping();
  }

  private heard(frame: string, body: unknown): void {
    if (frame === NUMBERED_FRAME) {
      const event = numberedFrame(body);
      if (event !== null) this.numbered(event);
    } else if (frame === VOLATILE_FRAME) {
      const event = passingFrame(body);
      if (event?.name === "bye") this.bye(event.data.reason);
      else if (event !== null) this.options.events.passing(event);
    }
  }

  /** In order and once; a gap means that the line lied: take the seat again and hear what was missed. */
  private numbered(event: RoomEvent): void {
    if (this.current !== "live" || event.seq <= this.lastSeq) return;
    if (event.seq !== this.lastSeq + 1) {
      log.warn("room.sequence_gap", { expected: this.lastSeq + 1, got: event.seq });
      this.dropped();
      return;
    }
    this.lastSeq = event.seq;
    this.options.events.numbered(event);
  }

  /** Some farewells are only of this line: then the seat is taken again. */
  private bye(reason: LeaveReason): void {
    if (reason === "timed_out" || reason === "flooded") {
      this.dropped();
      return;
    }
    forgetSeat(this.options.room);
    this.finish("bye", { kind: "bye", reason });
  }

  private dropped(): void {
    if (this.current === "closed" || this.current === "waiting") return;
    this.letGo();
    this.downSince ??= performance.now();
    this.step("dropped");
    const wait = backoffMs(this.attempt, Math.random());
    this.attempt += 1;
    this.timer = setTimeout(() => {
      this.retryNow();
    }, wait);
  }

  private refused(error: AppError): void {
    this.finish("refused", { kind: "refused", error });
  }

  private finish(event: ConnectionEvent, because: ClosedBecause): void {
    if (this.current === "closed") return;
    this.letGo();
    this.clearTimer();
    this.step(event);
    this.options.events.closed(because);
  }

  private letGo(): void {
    this.dial += 1;
    this.line?.close();
    this.line = null;
    if (this.pinger !== null) clearTimeout(this.pinger);
    this.pinger = null;
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async ping(): Promise<void> {
    const sent = performance.now();
    try {
      const pong = await this.request("room.ping", { sent_ms: sent });
      this.clock.sample(sent, performance.now(), pong.server_ms);
    } catch (thrown) {
      log.debug("room.ping_failed", { code: toAppError(thrown).code });
    }
    if (this.current !== "live") return;
    this.pings += 1;
    this.pinger = setTimeout(
      () => void this.ping(),
      this.pings < FIRST_PINGS ? FIRST_PING_GAP_MS : PING_EVERY_MS,
    );
  }
}
