/** For tests: a browser's peer connection as far as negotiation needs it. */
import { vi } from "vitest";

/** Those that were made since `stubConnections`. */
export const connections: Sections[] = [];

/** Its sections get their mids with the offer. */
export class Sections extends EventTarget {
  connectionState = "new";
  iceConnectionState = "new";
  offersMade = 0;
  configuration: RTCConfiguration;
  localDescription: { sdp: string } | null = null;
  private readonly all: { mid: string | null }[] = [];

  constructor(configuration: RTCConfiguration = {}) {
    super();
    this.configuration = configuration;
    connections.push(this);
  }

  become(state: string): void {
    this.connectionState = this.iceConnectionState = state;
    this.dispatchEvent(new Event("iceconnectionstatechange"));
  }

  addTransceiver(kind: string, { direction }: { direction: string }): object {
    const sender = { replaceTrack: () => Promise.resolve(), getParameters: () => ({ encodings: [] }) };
    const transceiver = { mid: null, direction, sender, receiver: { track: { kind } }, setCodecPreferences: () => undefined };
    this.all.push(transceiver);
    return transceiver;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
    this.localDescription = null;
  }

  createOffer(): Promise<object> {
    this.offersMade += 1;
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

export function stubConnections(): void {
  connections.length = 0;
  vi.stubGlobal("RTCPeerConnection", Sections);
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
}
