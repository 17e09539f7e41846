/**
 * The way into a room, made ready while devices are looked at: the grant, the line dialled with it, the
 * browser's first offer. It takes no seat: nobody is seen in the room before the tap on enter.
 */
import type { RequestAnswer, Source } from "@/contract/signaling";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import { Peer } from "./peer";
import { FIRST_SLOTS } from "./slots";
import { openSocketLine, type Line, type LineEvents, type OpenLine } from "./socketLine";
import { answerOf } from "./wire";

/** A third of a grant's life. */
const GRANT_FRESH_MS = 300_000;
const TAKEN_WITHIN_MS = 10_000;
const PREPARE_TIMEOUT_MS = 8_000;

export class Entry {
  private readonly wallMs = Date.now();
  private readonly pageMs = performance.now();
  private readonly line: Line;
  private taker: LineEvents | null = null;
  private peer: Peer | null = null;
  private gone = false;
  private grantTaken = false;

  /** `sources` are those that one will send: they get their sections in the first offer. */
  constructor(
    private readonly grant: string,
    private readonly sources: readonly Source[],
    private readonly dial: OpenLine = openSocketLine,
  ) {
    this.line = dial(grant, {
      opened: () => {
        if (this.taker === null) void this.prepare();
        else this.taker.opened();
      },
      frame: (name, body) => {
        // Only a farewell comes to one without a seat.
        if (this.taker === null) this.close();
        else this.taker.frame(name, body);
      },
      refused: (body) => {
        if (this.taker === null) this.close();
        else this.taker.refused(body);
      },
      dropped: () => {
        if (this.taker === null) this.close();
        else this.taker.dropped();
      },
    });
  }

  /** The grant, once; null: it is old, a fresh one is to be asked for. */
  takeGrant(): string | null {
    if (this.grantTaken || !this.fresh) return null;
    this.grantTaken = true;
    return this.grant;
  }

  /** The line that is open already, for the first who comes with its grant; else a new one. */
  readonly open: OpenLine = (grant, events) => {
    if (this.gone || this.taker !== null || grant !== this.grant) {
      this.close();
      return this.dial(grant, events);
    }
    this.taker = events;
    return this.line;
  };

  /** The peer whose first offer is made, once; null: it was not ready yet, or its relays may have ended. */
  takePeer(): Peer | null {
    const { peer } = this;
    this.peer = null;
    if (peer?.ready === true && this.fresh) return peer;
    peer?.close();
    return null;
  }

  /** Lets go of what nobody took. */
  close(): void {
    this.takePeer()?.close();
    if (this.gone || this.taker !== null) return;
    this.gone = true;
    this.line.close();
  }

  /** With the relays one may go by, the first offer can be made whole. */
  private async prepare(): Promise<void> {
    try {
      const ack = await this.line.request("room.prepare", {}, PREPARE_TIMEOUT_MS);
      const { ice_servers: relays } = answerOf(ack) as RequestAnswer<"room.prepare">;
      if (this.gone || this.taker !== null) return;
      const peer = new Peer(undefined, undefined, relays as unknown as RTCIceServer[]);
      this.peer = peer;
      peer.grow(FIRST_SLOTS);
      for (const source of this.sources) peer.own.add(source);
      await peer.makeReady();
    } catch (thrown) {
      // Entering makes its own offer then.
      log.debug("media.not_prepared", { code: toAppError(thrown).code });
    }
  }

  /** By the clock that went further: the page's may rest while the device sleeps, the device's may be set back. */
  private get fresh(): boolean {
    return Math.max(Date.now() - this.wallMs, performance.now() - this.pageMs) < GRANT_FRESH_MS;
  }
}

let handed: { readonly session: string; readonly entry: Entry } | null = null;

/** The check gives it on to the room of its session, which takes it at once or is not reached. */
export function handOverEntry(session: string, entry: Entry): void {
  handed?.entry.close();
  handed = { session, entry };
  setTimeout(() => {
    entry.close();
  }, TAKEN_WITHIN_MS);
}

/** Takes it, once; null: the room was not entered from the check. */
export function takeEntry(session: string): Entry | null {
  const { entry = null, session: its = null } = handed ?? {};
  handed = null;
  if (its === session) return entry;
  entry?.close();
  return null;
}
