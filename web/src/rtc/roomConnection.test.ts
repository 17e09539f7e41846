import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Joined, RoomEvent } from "@/contract/signaling";
import { AppError } from "@/kernel/errors";

import {
  CONNECTION_TABLE,
  lineNotice,
  nextConnectionState,
  type ConnectionEvent,
  type ConnectionState,
} from "./connectionStates";
import { RoomConnection, type ClosedBecause } from "./roomConnection";
import { applyEvent, EMPTY_ROOM } from "./roomState";
import type { LineEvents } from "./socketLine";

/** A server at the other end of a line in memory: answers joins, can drop, tell and refuse. */
class RoomAtHand {
  readonly dials: { grant: string; events: LineEvents }[] = [];
  readonly joins: { resume: { last_seq: number } | null }[] = [];
  readonly offers: object[] = [];
  alreadyOpen = false;
  joinAck: () => unknown = () => ({ ok: true, data: joined() });

  open = (grant: string, events: LineEvents) => {
    this.dials.push({ grant, events });
    return {
      isOpen: this.alreadyOpen,
      request: (name: string, data: object): Promise<unknown> => {
        if (name === "room.join") {
          this.joins.push(data as { resume: { last_seq: number } | null });
          return Promise.resolve(this.joinAck());
        }
        if (name === "media.offer") {
          this.offers.push(data);
          return Promise.resolve({ ok: true, data: { sdp: "v=0", slots: [] } });
        }
        if (name === "room.ping") return Promise.resolve({ ok: true, data: { sent_ms: 0, server_ms: 0 } });
        return Promise.resolve({ ok: false, error: { code: "right.missing", params: {} } });
      },
      tell: () => undefined,
      close: () => undefined,
    };
  };

  get last(): LineEvents {
    const dial = this.dials.at(-1);
    if (dial === undefined) throw new Error("nobody dialled");
    return dial.events;
  }
}

function joined(over: Partial<Joined> = {}): Joined {
  return {
    participant: "p1",
    key: "k".repeat(24),
    seq: 10,
    server_ms: 0,
    snapshot: null,
    missed: [],
    rights: [],
    may_publish: [],
    ice_servers: [],
    ...over,
  };
}

function hand(seq: number): RoomEvent {
  return { seq, at_ms: 0, name: "participant.left", data: { participant: `x${seq}`, reason: "left" } };
}

interface Heard {
  readonly states: ConnectionState[];
  readonly events: number[];
  readonly closed: ClosedBecause[];
  readonly connection: RoomConnection;
}

function connect(server: RoomAtHand, grant: () => string | Promise<string> = () => Promise.resolve("g")): Heard {
  const heard: Omit<Heard, "connection"> = { states: [], events: [], closed: [] };
  const connection = new RoomConnection({
    room: "r",
    device: "desk",
    grant,
    open: server.open,
    events: {
      state: (state) => heard.states.push(state),
      joined: () => undefined,
      numbered: (event) => heard.events.push(event.seq),
      passing: () => undefined,
      closed: (because) => heard.closed.push(because),
    },
  });
  connection.start();
  return { ...heard, connection };
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function live(server: RoomAtHand): Promise<Heard> {
  const heard = connect(server);
  await settle();
  server.last.opened();
  await settle();
  return heard;
}

beforeEach(() => {
  vi.useFakeTimers();
  window.sessionStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the table", () => {
  const events: ConnectionEvent[] = [
    "start",
    "opened",
    "joined",
    "dropped",
    "retry",
    "refused",
    "bye",
    "stop",
  ];
  const states = Object.keys(CONNECTION_TABLE) as ConnectionState[];

  it.each(states.flatMap((state) => events.map((event) => [state, event] as const)))(
    "%s on %s",
    (state, event) => {
      const next = CONNECTION_TABLE[state][event];
      if (next === undefined) expect(() => nextConnectionState(state, event)).toThrow(/no transition/u);
      else expect(nextConnectionState(state, event)).toBe(next);
    },
  );

  it("is left by stop from every state", () => {
    for (const state of states) expect(nextConnectionState(state, "stop")).toBe("closed");
  });

  it("tells the person after 2 s and again after 15 s", () => {
    expect(lineNotice(null, 99_999)).toBe("none");
    expect([1_999, 2_000, 15_000].map((now) => lineNotice(0, now))).toEqual(["none", "reconnecting", "lost"]);
  });
});

describe("a room connection", () => {
  it("takes a seat and hands on events once and in order", async () => {
    const server = new RoomAtHand();
    const heard = await live(server);

    server.last.frame("event", hand(11));
    server.last.frame("event", hand(11));
    server.last.frame("event", hand(12));

    expect(heard.states).toEqual(["dialling", "joining", "live"]);
    expect(heard.events).toEqual([11, 12]);
  });

  it("takes the seat in the same step on a line that is open, and an offer may be sent behind it", async () => {
    const server = new RoomAtHand();
    server.alreadyOpen = true;
    const heard = connect(server, () => "at hand");
    const offer = { peer: "peer-0001", sdp: "v=0", publications: [], restarts_ice: false };

    expect([heard.connection.state, server.joins.length]).toEqual(["joining", 1]);
    await expect(heard.connection.request("room.hand", { up: true })).rejects.toMatchObject({ code: "network" });
    await heard.connection.request("media.offer", offer);

    expect(server.offers).toEqual([offer]);
    expect(heard.connection.state).toBe("live");
    heard.connection.stop();
  });

  it("comes back by itself with a fresh grant, its seat and the last event it saw", async () => {
    const server = new RoomAtHand();
    const grants = ["first", "second"];
    const heard = connect(server, () => Promise.resolve(grants.shift() ?? "none"));
    await settle();
    server.last.opened();
    await settle();
    server.last.frame("event", hand(11));

    server.last.dropped();
    await vi.advanceTimersByTimeAsync(300);
    server.last.opened();
    await settle();

    expect(heard.connection.state).toBe("live");
    expect(server.dials.map((dial) => dial.grant)).toEqual(["first", "second"]);
    expect(server.joins[1]?.resume).toEqual({ participant: "p1", key: "k".repeat(24), last_seq: 11 });
  });

  it("takes the same seat after a reload, from the beginning of its order", async () => {
    const server = new RoomAtHand();
    await live(server);

    await live(server);

    expect(server.joins[1]?.resume).toMatchObject({ participant: "p1", last_seq: 0 });
  });

  it("takes the seat again when an event is missing", async () => {
    const server = new RoomAtHand();
    const heard = await live(server);

    server.last.frame("event", hand(13));

    expect(heard.events).toEqual([]);
    expect(heard.connection.state).toBe("waiting");
  });

  it("begins anew when the server has lost the seat", async () => {
    const server = new RoomAtHand();
    await live(server);
    server.joinAck = () => ({ ok: false, error: { code: "room.seat_lost", params: {} } });
    server.last.dropped();
    await vi.advanceTimersByTimeAsync(300);
    server.last.opened();
    await settle();
    server.joinAck = () => ({ ok: true, data: joined() });

    await vi.advanceTimersByTimeAsync(1_000);
    server.last.opened();
    await settle();

    expect(server.joins.at(-1)?.resume).toBeNull();
  });

  it("ends on a farewell and does not dial again", async () => {
    const server = new RoomAtHand();
    const heard = await live(server);

    server.last.frame("volatile", { name: "bye", data: { reason: "removed" } });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(heard.closed).toEqual([{ kind: "bye", reason: "removed" }]);
    expect(server.dials).toHaveLength(1);
  });

  it("ends on a refusal with its code, and keeps trying when only the network is away", async () => {
    const server = new RoomAtHand();
    const refused = connect(server, () => Promise.reject(new AppError({ code: "refused", status: 403 })));
    await settle();
    expect(refused.closed[0]).toMatchObject({ kind: "refused", error: { code: "refused" } });

    const away = connect(server, () => Promise.reject(new AppError({ code: "network", status: 0 })));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(away.closed).toEqual([]);
    expect(away.connection.state).not.toBe("closed");
  });

  it("says with its code what the server refused, and what cannot be asked while the line is down", async () => {
    const server = new RoomAtHand();
    const heard = await live(server);

    await expect(heard.connection.request("room.hand", { up: true })).rejects.toMatchObject({
      code: "right.missing",
    });
    server.last.dropped();
    await expect(heard.connection.request("room.hand", { up: true })).rejects.toMatchObject({
      code: "network",
    });
  });
});

describe("applyEvent", () => {
  it("keeps a publication that went off and forgets one that ended", () => {
    const on = {
      id: "e.scope",
      participant: "e",
      source: "scope",
      kind: "video",
      codec: "H264",
      layers: [],
    } as const;
    const upserted = (seq: number, running: boolean): RoomEvent => ({
      seq,
      at_ms: 0,
      name: "publication.upserted",
      data: { publication: { ...on, on: running } },
    });

    const off = [upserted(1, true), upserted(2, false)].reduce(applyEvent, EMPTY_ROOM);
    expect(off.publications.get("e.scope")?.on).toBe(false);

    const gone = applyEvent(off, {
      seq: 3,
      at_ms: 0,
      name: "publication.ended",
      data: { publication: "e.scope" },
    });
    expect(gone.publications.size).toBe(0);
  });
});
