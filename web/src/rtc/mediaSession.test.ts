import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Offer } from "@/contract/signaling";
import { AppError } from "@/kernel/errors";

import { MediaSession } from "./mediaSession";
import { Peer } from "./peer";
import { connections, stubConnections } from "./sections.fixture";
import { FIRST_SLOTS } from "./slots";

function notAllowed(source: string): AppError {
  return new AppError({ code: "source.not_allowed", status: 403, params: { source } });
}

let offers: Offer[] = [];

function session(refusal: (offer: Offer) => AppError | null, warm?: Peer): MediaSession {
  return new MediaSession({
    ...(warm === undefined ? {} : { warm }),
    self: () => "p1",
    iceServers: () => [],
    asks: {
      offer: (offer) => {
        offers.push(offer);
        const refused = refusal(offer);
        return refused === null ? Promise.resolve({ sdp: "v=0", slots: [] }) : Promise.reject(refused);
      },
      subscribe: () => Promise.resolve({ assignments: [] }),
      switchSource: () => Promise.resolve({}),
      viewport: () => Promise.resolve({}),
    },
    dealt: () => undefined,
    connected: () => undefined,
  });
}

function sourcesOf(offer: Offer | undefined): readonly string[] {
  return (offer?.publications ?? []).map((each) => each.source);
}

beforeEach(() => {
  vi.useFakeTimers();
  offers = [];
  stubConnections();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a session that was warmed up", () => {
  it("makes its first offer on the peer that is ready, and the next on another", async () => {
    const media = session(() => null);

    media.warmUp();
    await vi.advanceTimersByTimeAsync(0);
    expect([connections.length, offers.length]).toEqual([1, 0]);
    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);
    expect([connections.length, offers.map(sourcesOf)]).toEqual([1, [["voice"]]]);
    media.restart();
    await vi.advanceTimersByTimeAsync(0);

    expect([connections.length, offers.length]).toEqual([2, 2]);
    media.close();
  });
});

describe("a session whose first offer was made at the check", () => {
  async function readySession(refusal: (offer: Offer) => AppError | null = () => null): Promise<MediaSession> {
    const peer = new Peer();
    peer.grow(FIRST_SLOTS);
    peer.own.add("voice");
    await peer.makeReady();
    return session(refusal, peer);
  }

  it("sends it in the same step, behind the join, and makes no other for the seat", async () => {
    const media = await readySession();

    expect(media.startBehindJoin()).toBe(true);
    expect(offers.map(sourcesOf)).toEqual([["voice"]]);
    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);

    expect([connections.length, offers.length, connections[0]?.offersMade]).toEqual([1, 1, 1]);
    expect(media.isPeer(offers[0]?.peer ?? "")).toBe(true);
    media.close();
  });

  it("adds what the seat may send beside it", async () => {
    const media = await readySession();

    media.startBehindJoin();
    media.start(["voice", "camera"]);
    await vi.advanceTimersByTimeAsync(0);

    expect(offers.map(sourcesOf)).toEqual([["voice"], ["voice", "camera"]]);
    expect(offers[1]?.peer).toBe(offers[0]?.peer);
    media.close();
  });

  it("begins anew with the seat where the offer came to nothing", async () => {
    let lines = 0;
    const media = await readySession(() => (lines++ === 0 ? new AppError({ code: "room.not_joined", status: 0 }) : null));

    media.startBehindJoin();
    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);

    expect(offers).toHaveLength(2);
    expect(offers[1]?.peer).not.toBe(offers[0]?.peer);
    media.close();
  });

  it("sends it with the seat where the line was not open yet", async () => {
    const media = await readySession();

    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);

    expect([connections.length, offers.length, connections[0]?.offersMade]).toEqual([1, 1, 1]);
    media.close();
  });

  it("has nothing to send before it is made", () => {
    const media = session(() => null, new Peer());
    expect(media.startBehindJoin()).toBe(false);
    expect(offers).toEqual([]);
    media.close();
  });
});

describe("an offer that is refused", () => {
  it("is made anew on a new peer without the source that one may not send any more", async () => {
    const media = session((offer) => (sourcesOf(offer).includes("hand") ? notAllowed("hand") : null));

    media.start(["voice", "hand"]);
    await vi.advanceTimersByTimeAsync(0);

    expect(offers.map(sourcesOf)).toEqual([["voice", "hand"], ["voice"]]);
    expect(offers[0]?.peer).not.toBe(offers[1]?.peer);
    expect(media.isPeer(offers[1]?.peer ?? "")).toBe(true);
    media.close();
  });

  it("drops what ran on that source, and no other", async () => {
    const media = session((offer) => (sourcesOf(offer).includes("camera") ? notAllowed("camera") : null));
    const track = (kind: string): MediaStreamTrack => ({ kind, contentHint: "" }) as MediaStreamTrack;
    media.start(["voice"]);
    await media.publish("voice", track("audio"));

    await media.publish("camera", track("video"));
    await vi.advanceTimersByTimeAsync(0);

    expect([...media.sources.keys()]).toEqual(["voice"]);
    expect(sourcesOf(offers.at(-1))).toEqual(["voice"]);
    media.close();
  });

  it("is tried again later with all sources where another reason was given", async () => {
    let refusals = 1;
    const media = session(() => (refusals-- > 0 ? new AppError({ code: "network", status: 0 }) : null));

    media.start(["voice", "hand"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(offers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(offers.map(sourcesOf)).toEqual([["voice", "hand"], ["voice", "hand"]]);
    media.close();
  });

  it("is not repeated for ever when a source is named that was not offered", async () => {
    const media = session(() => notAllowed("screen"));

    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);

    expect(offers).toHaveLength(1);
    media.close();
  });
});

describe("a way that is lost", () => {
  async function connectedSession(refusal: (offer: Offer) => AppError | null = () => null): Promise<MediaSession> {
    const media = session(refusal);
    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);
    connections[0]?.become("connected");
    return media;
  }

  it("is looked for anew by the same peer, once, and nothing more if it is found", async () => {
    const media = await connectedSession();

    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(1_000);
    connections[0]?.become("disconnected");
    connections[0]?.become("connected");
    await vi.advanceTimersByTimeAsync(60_000);

    expect(offers.map((each) => each.restarts_ice)).toEqual([false, true]);
    expect(offers[1]?.peer).toBe(offers[0]?.peer);
    media.close();
  });

  it("is given up for a new peer when it is not found", async () => {
    const media = await connectedSession();

    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(8_000);

    expect(offers.map((each) => each.restarts_ice)).toEqual([false, true, false]);
    expect(offers[2]?.peer).not.toBe(offers[0]?.peer);
    media.close();
  });

  it("is made by a new peer at once where the node has forgotten the old one", async () => {
    const media = await connectedSession((offer) =>
      offer.restarts_ice === true ? new AppError({ code: "media.unknown_peer", status: 404 }) : null,
    );

    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(600);

    expect(offers).toHaveLength(3);
    expect(media.isPeer(offers[2]?.peer ?? "")).toBe(true);
    media.close();
  });

  it("that comes back by itself within half a second is left alone", async () => {
    const media = await connectedSession();

    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(300);
    connections[0]?.become("connected");
    await vi.advanceTimersByTimeAsync(10_000);

    expect(offers).toHaveLength(1);
    media.close();
  });
});

describe("another network", () => {
  it("has the same peer look for a way, and begins anew where no peer was ever connected", async () => {
    const media = session(() => null);
    media.start(["voice"]);
    await vi.advanceTimersByTimeAsync(0);

    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    connections[1]?.become("connected");
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);

    expect(offers.map((each) => each.restarts_ice)).toEqual([false, false, true]);
    expect(offers[2]?.peer).toBe(offers[1]?.peer);
    media.close();
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(offers).toHaveLength(3);
  });
});
