/** Each frame's capture time (abs-capture-time): known to browsers, but not offered unless it is asked for. */
export const CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

interface HeaderExtension {
  readonly uri: string;
  direction: RTCRtpTransceiverDirection;
}

/** Not in every browser, and not in the compiler's types. */
interface Negotiates extends RTCRtpTransceiver {
  getHeaderExtensionsToNegotiate?(): HeaderExtension[];
  setHeaderExtensionsToNegotiate?(extensions: HeaderExtension[]): void;
}

/** What nobody reads here. Each takes one of the 14 numbers of short headers, which then lack for an audio level (RFC 8285 4.2). */
const UNREAD = new Set([
  "urn:ietf:params:rtp-hdrext:toffset",
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
  "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
  "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
  "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
]);

/** To be called before the section is offered; nothing happens where the browser has no such choice. */
export function chooseExtensions(transceiver: RTCRtpTransceiver): void {
  const choice: Negotiates = transceiver;
  const known = choice.getHeaderExtensionsToNegotiate?.() ?? [];
  const before = JSON.stringify(known);
  for (const each of known) {
    if (UNREAD.has(each.uri)) each.direction = "stopped";
    if (each.uri === CAPTURE_TIME && each.direction === "stopped") each.direction = "sendrecv";
  }
  if (JSON.stringify(known) !== before) choice.setHeaderExtensionsToNegotiate?.(known);
}
