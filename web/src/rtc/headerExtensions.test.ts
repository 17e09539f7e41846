import { describe, expect, it } from "vitest";

import { chooseExtensions, CAPTURE_TIME } from "./headerExtensions";

function section(...known: { uri: string; direction: string }[]): { asked: unknown[]; transceiver: RTCRtpTransceiver } {
  const asked: unknown[] = [];
  const transceiver = {
    getHeaderExtensionsToNegotiate: () => structuredClone(known),
    setHeaderExtensionsToNegotiate: (extensions: unknown) => asked.push(extensions),
  };
  return { asked, transceiver: transceiver as unknown as RTCRtpTransceiver };
}

const MID = { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", direction: "sendrecv" };

describe("chooseExtensions", () => {
  it("adds it to what is asked for anyway", () => {
    const { asked, transceiver } = section(MID, { uri: CAPTURE_TIME, direction: "stopped" });
    chooseExtensions(transceiver);
    expect(asked).toEqual([[MID, { uri: CAPTURE_TIME, direction: "sendrecv" }]]);
  });

  it("stops what nobody reads", () => {
    const unread = "http://www.webrtc.org/experiments/rtp-hdrext/color-space";
    const { asked, transceiver } = section(MID, { uri: unread, direction: "sendrecv" });
    chooseExtensions(transceiver);
    expect(asked).toEqual([[MID, { uri: unread, direction: "stopped" }]]);
  });

  it("leaves a browser alone that asks for it by itself, does not know it, or gives no choice", () => {
    const own = section(MID, { uri: CAPTURE_TIME, direction: "sendrecv" });
    const without = section(MID);
    for (const { transceiver } of [own, without]) chooseExtensions(transceiver);
    chooseExtensions({} as RTCRtpTransceiver);
    expect([...own.asked, ...without.asked]).toEqual([]);
  });
});
