import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Entry, handOverEntry, takeEntry } from "./entry";
import { connections, stubConnections } from "./sections.fixture";
import type { Line, LineEvents } from "./socketLine";

/** Every dial, with whom it tells and whether it was hung up. */
class Exchange {
  readonly dials: { grant: string; events: LineEvents; line: Line; closed: boolean }[] = [];
  readonly asked: string[] = [];
  relays: () => Promise<unknown> = () => Promise.resolve({ ok: true, data: { ice_servers: [{ urls: ["turn:192.0.2.9"] }] } });

  readonly dial = (grant: string, events: LineEvents): Line => {
    const line: Line = {
      isOpen: true,
      request: (name) => {
        this.asked.push(name);
        return this.relays();
      },
      tell: () => undefined,
      close: () => {
        made.closed = true;
      },
    };
    const made = { grant, events, line, closed: false };
    this.dials.push(made);
    return line;
  };

  at(index: number): { grant: string; events: LineEvents; line: Line; closed: boolean } {
    const dialled = this.dials.at(index);
    if (dialled === undefined) throw new Error("nobody dialled");
    return dialled;
  }
}

function taker(): { readonly events: LineEvents; readonly heard: string[] } {
  const heard: string[] = [];
  const events: LineEvents = {
    opened: () => heard.push("opened"),
    frame: (name) => heard.push(name),
    refused: () => heard.push("refused"),
    dropped: () => heard.push("dropped"),
  };
  return { events, heard };
}

beforeEach(() => {
  vi.useFakeTimers();
  stubConnections();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the line that waits", () => {
  it("goes to the first who comes with its grant", () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    exchange.at(0).events.opened();
    const { events, heard } = taker();

    const line = entry.open(entry.takeGrant() ?? "", events);
    exchange.at(0).events.frame("event", {});
    exchange.at(0).events.dropped();

    expect(line).toBe(exchange.at(0).line);
    expect(heard).toEqual(["event", "dropped"]);
    expect(exchange.dials).toHaveLength(1);
  });

  it("opens for its taker when it was still dialled at the tap", () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    const { events, heard } = taker();

    entry.open("signed", events);
    exchange.at(0).events.opened();

    expect(heard).toEqual(["opened"]);
    expect(exchange.asked).toEqual([]);
  });

  it.each([
    ["dropped", (events: LineEvents) => { events.dropped(); }],
    ["refused", (events: LineEvents) => { events.refused({}); }],
    ["told goodbye", (events: LineEvents) => { events.frame("passing", {}); }],
  ])("is dialled anew by the room if it was %s", (_, end) => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    end(exchange.at(0).events);
    expect(exchange.at(0).closed).toBe(true);

    expect(entry.open("signed", taker().events)).toBe(exchange.at(1).line);
  });

  it("is nobody else's: a second dial and another grant are new lines", () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    entry.open("signed", taker().events);
    expect(entry.open("signed", taker().events)).toBe(exchange.at(1).line);

    const other = new Entry("signed", [], exchange.dial);
    expect(other.open("another", taker().events)).toBe(exchange.at(3).line);
    expect(exchange.at(2).closed).toBe(true);
  });

  it("is let go of when nobody enters, and not under its taker", () => {
    const exchange = new Exchange();
    const left = new Entry("signed", [], exchange.dial);
    left.close();
    expect(exchange.at(0).closed).toBe(true);

    const taken = new Entry("signed", [], exchange.dial);
    taken.open("signed", taker().events);
    taken.close();
    expect(exchange.at(1).closed).toBe(false);
  });
});

describe("the first offer", () => {
  it("is made with the relays and with what one will send, as soon as the line is open", async () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", ["voice"], exchange.dial);
    exchange.at(0).events.opened();
    await vi.advanceTimersByTimeAsync(0);

    const peer = entry.takePeer();
    expect(exchange.asked).toEqual(["room.prepare"]);
    expect([peer?.ready, peer?.own.has("voice"), peer?.have]).toEqual([true, true, { video: 4, audio: 4 }]);
    expect(connections[0]?.configuration.iceServers).toEqual([{ urls: ["turn:192.0.2.9"] }]);
    expect(entry.takePeer()).toBeNull();
    peer?.close();
  });

  it("is nobody's when one enters before the relays are told", async () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    exchange.at(0).events.opened();
    entry.open("signed", taker().events);
    await vi.advanceTimersByTimeAsync(0);

    expect(entry.takePeer()).toBeNull();
    expect(connections).toHaveLength(0);
  });

  it("is not made where the server does not tell, and entering goes on without it", async () => {
    const exchange = new Exchange();
    exchange.relays = () => Promise.resolve({ ok: false, error: { code: "rate.exceeded", params: {} } });
    const entry = new Entry("signed", [], exchange.dial);
    exchange.at(0).events.opened();
    await vi.advanceTimersByTimeAsync(0);

    expect(entry.takePeer()).toBeNull();
    expect(entry.open("signed", taker().events)).toBe(exchange.at(0).line);
  });

  it("is not sent when it waited for longer than its grant is fresh", async () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    exchange.at(0).events.opened();
    await vi.advanceTimersByTimeAsync(300_000);

    expect(entry.takePeer()).toBeNull();
    expect(connections[0]?.localDescription).toBeNull();
  });

  it("is put away with an entry that nobody took", async () => {
    const exchange = new Exchange();
    const entry = new Entry("signed", [], exchange.dial);
    exchange.at(0).events.opened();
    await vi.advanceTimersByTimeAsync(0);

    entry.close();
    expect(connections[0]?.localDescription).toBeNull();
  });
});

describe("what the check hands over", () => {
  it("is taken once, by the room of its session", () => {
    const entry = new Entry("signed", [], new Exchange().dial);
    handOverEntry("evening", entry);
    expect([takeEntry("evening"), takeEntry("evening")]).toEqual([entry, null]);
  });

  it("is not for another session, and then for none", () => {
    const exchange = new Exchange();
    handOverEntry("evening", new Entry("signed", [], exchange.dial));
    expect([takeEntry("morning"), takeEntry("evening")]).toEqual([null, null]);
    expect(exchange.at(0).closed).toBe(true);
  });

  it("hangs up when the room is not reached", () => {
    const exchange = new Exchange();
    handOverEntry("evening", new Entry("signed", [], exchange.dial));
    vi.advanceTimersByTime(10_000);
    expect(exchange.at(0).closed).toBe(true);
  });

  it("gives its grant once, and an old one never", () => {
    const entry = new Entry("signed", [], new Exchange().dial);
    expect([entry.takeGrant(), entry.takeGrant()]).toEqual(["signed", null]);

    const old = new Entry("signed", [], new Exchange().dial);
    vi.advanceTimersByTime(300_000);
    expect(old.takeGrant()).toBeNull();
  });
});
