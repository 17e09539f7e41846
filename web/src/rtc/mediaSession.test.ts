import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Offer } from "@/contract/signaling";
import { AppError } from "@/kernel/errors";

import { MediaSession } from "./mediaSession";

/** A browser's peer connection as far as negotiation needs it: sections get their mids with the offer. */
class Sections extends EventTarget {
  readonly connectionState = "new";
  readonly iceConnectionState = "new";
  localDescription: { sdp: string } | null = null;
  private readonly all: { mid: string | null }[] = [];

  addTransceiver(kind: string, { direction }: { direction: string }): object {
    const sender = { replaceTrack: () => Promise.resolve(), getParameters: () => ({ encodings: [] }) };
    const transceiver = { mid: null, direction, sender, receiver: { track: { kind } }, setCodecPreferences: () => undefined };
    this.all.push(transceiver);
    return transceiver;
  }

  createOffer(): Promise<object> {
    return Promise.resolve({ type: "offer", sdp: "" });
  }

  setLocalDescription(): Promise<void> {
    this.all.forEach((each, at) => { each.mid = String(at); });
    this.localDescription = { sdp: "v=0" };
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.localDescription = null;
  }
}

function notAllowed(source: string): AppError {
  return new AppError({ code: "source.not_allowed", status: 403, params: { source } });
}

let offers: Offer[] = [];

function session(refusal: (offer: Offer) => AppError | null): MediaSession {
  return new MediaSession({
    self: "p1",
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
  vi.stubGlobal("RTCPeerConnection", Sections);
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
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
