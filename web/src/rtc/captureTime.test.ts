import { describe, expect, it } from "vitest";

import { askForCaptureTime, CAPTURE_TIME } from "./captureTime";

function section(...known: { uri: string; direction: string }[]): { asked: unknown[]; transceiver: RTCRtpTransceiver } {
  const asked: unknown[] = [];
  const transceiver = {
    getHeaderExtensionsToNegotiate: () => structuredClone(known),
    setHeaderExtensionsToNegotiate: (extensions: unknown) => asked.push(extensions),
  };
  return { asked, transceiver: transceiver as unknown as RTCRtpTransceiver };
}

const MID = { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", direction: "sendrecv" };

describe("askForCaptureTime", () => {
  it("adds it to what is asked for anyway", () => {
    const { asked, transceiver } = section(MID, { uri: CAPTURE_TIME, direction: "stopped" });
    askForCaptureTime(transceiver);
    expect(asked).toEqual([[MID, { uri: CAPTURE_TIME, direction: "sendrecv" }]]);
  });

  it("leaves a browser alone that asks for it by itself, does not know it, or gives no choice", () => {
    const own = section(MID, { uri: CAPTURE_TIME, direction: "sendrecv" });
    const without = section(MID);
    for (const { transceiver } of [own, without]) askForCaptureTime(transceiver);
    askForCaptureTime({} as RTCRtpTransceiver);
    expect([...own.asked, ...without.asked]).toEqual([]);
  });
});
