import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Source } from "@/contract/signaling";

import { OwnSources } from "./ownSources";

interface Layer {
  rid?: string;
  active: boolean;
}

/** A sending section: its encodings as the browser keeps them, and how often they were changed. */
class Sender {
  changes = 0;
  layers: Layer[];
  degradationPreference = "";

  constructor(encodings: { rid?: string }[]) {
    // A browser forgets the rid of an encoding that is alone.
    this.layers = encodings.map(({ rid }) => (encodings.length === 1 || rid === undefined ? { active: true } : { rid, active: true }));
  }

  getParameters(): { encodings: Layer[] } {
    return { encodings: structuredClone(this.layers) };
  }

  setParameters({ encodings }: { encodings: Layer[] }): Promise<void> {
    this.layers = encodings;
    this.changes += 1;
    return Promise.resolve();
  }

  replaceTrack(): Promise<void> {
    return Promise.resolve();
  }

  get sent(): string[] {
    return this.layers.filter((each) => each.active).map((each) => each.rid ?? "alone");
  }
}

let senders: Sender[] = [];

function sourcesWith(source: Source): OwnSources {
  const peer = {
    addTransceiver: (_kind: string, { sendEncodings }: { sendEncodings: { rid?: string }[] }) => {
      const sender = new Sender(sendEncodings);
      senders.push(sender);
      return { sender, mid: "0", setCodecPreferences: () => undefined };
    },
  };
  const own = new OwnSources(peer as unknown as RTCPeerConnection);
  own.add(source);
  return own;
}

function only(): Sender {
  const [sender] = senders;
  if (sender === undefined) throw new Error("no section");
  return sender;
}

beforeEach(() => {
  senders = [];
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(["scope", "camera"] as const)("the layers of the %s", (source) => {
  it("are those that somebody needs, and come back when they are needed", async () => {
    const own = sourcesWith(source);

    await own.send(source, ["m", "l"]);
    expect(only().sent).toEqual(["l", "m"]);
    await own.send(source, ["h", "m", "l"]);
    expect(only().sent).toEqual(["l", "m", "h"]);
  });

  it("are none while nobody looks, and all where no layer is named", async () => {
    const own = sourcesWith(source);

    await own.send(source, null);
    expect(only().sent).toEqual([]);
    await own.send(source, []);
    expect(only().sent).toEqual(["l", "m", "h"]);
  });
});

describe("a picture without layers", () => {
  it("is sent or not, whatever its only layer is called", async () => {
    const own = sourcesWith("hand");

    await own.send("hand", null);
    expect(only().sent).toEqual([]);
    await own.send("hand", ["h"]);
    expect(only().sent).toEqual(["alone"]);
  });
});

it("changes nothing where nothing changes, nor for a source that is not sent", async () => {
  const own = sourcesWith("scope");

  await own.send("scope", ["h", "m", "l"]);
  await own.send("camera", null);

  expect(only().changes).toBe(0);
});

it("keeps what nobody needs unsent when another track takes the section", async () => {
  const own = sourcesWith("camera");
  await own.send("camera", null);

  await own.put("camera", { contentHint: "" } as MediaStreamTrack);

  expect(only().sent).toEqual([]);
});
