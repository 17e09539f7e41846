/** Each frame's capture time, asked for on a section where the browser can send or read it (abs-capture-time). */
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

/** To be called before the section is offered; nothing happens where the browser has no such choice. */
export function askForCaptureTime(transceiver: RTCRtpTransceiver): void {
  const choice: Negotiates = transceiver;
  const known = choice.getHeaderExtensionsToNegotiate?.() ?? [];
  const wanted = known.find((each) => each.uri === CAPTURE_TIME);
  if (wanted === undefined || wanted.direction !== "stopped") return;
  wanted.direction = "sendrecv";
  choice.setHeaderExtensionsToNegotiate?.(known);
}
