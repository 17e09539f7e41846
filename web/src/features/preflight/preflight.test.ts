import { describe, expect, it } from "vitest";

import { dragged } from "@/masking/maskDrag";

import { grantFacts } from "./grantFacts";
import { hintOf, medianMs } from "./networkHint";

function token(claims: object): string {
  const body = btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `header.${body}.signature`;
}

describe("grantFacts", () => {
  it("reads role and sources, and drops what it does not know", () => {
    const facts = grantFacts(token({ role: "host", publish: ["voice", "scope", "telepathy"] }));
    expect(facts).toEqual({ role: "host", publish: ["scope", "voice"] });
  });

  it("takes what it cannot read for a viewer without sources", () => {
    expect(grantFacts("rubbish")).toEqual({ role: "viewer", publish: [] });
    expect(grantFacts("a.%%%.c")).toEqual({ role: "viewer", publish: [] });
  });
});

describe("the network hint", () => {
  it("goes by the median and counts silence as poor", () => {
    expect(medianMs([30, null, 900, 20, 40])).toBe(40);
    expect([hintOf(40), hintOf(200), hintOf(900), hintOf(medianMs([null]))]).toEqual(["good", "fair", "poor", "poor"]);
  });
});

describe("the mask under the hand", () => {
  const area = { x: 0.1, y: 0.1, width: 0.2, height: 0.1 };

  it("is moved by its middle and sized by its corner, within the picture", () => {
    expect(dragged(area, "move", 0.05, 0.9)).toEqual({ x: expect.closeTo(0.15) as number, y: 0.9, width: 0.2, height: 0.1 });
    expect(dragged(area, "size", 0.1, -0.5)).toEqual({ x: 0.1, y: 0.1, width: expect.closeTo(0.3) as number, height: 0.02 });
  });
});
