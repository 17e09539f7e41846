import { expect, test } from "vitest";

import { asText, pieces } from "./pieces";

function marked(before: string, after: string): string {
  return pieces(before, after).map(({ kind, text }) => (kind === "same" ? text : kind === "gone" ? `[-${text}-]` : `[+${text}+]`)).join("");
}

test("Han differ by characters, other words whole", () => {
  expect(marked("以微血管形态为准", "胃部病变以微血管形态为准")).toBe("[+胃部病变+]以微血管形态为准");
  expect(marked("size 15 mm", "size 18 mm")).toBe("size [-15-][+18+] mm");
  expect(marked("取两块活检", "取四块活检")).toBe("取[-两-][+四+]块活检");
});

test("what is put together again is each of the two texts", () => {
  const before = "早癌边界：NBI 下\n看微血管。";
  const after = "早癌的边界，NBI 与靛胭脂下看微血管。";
  const all = pieces(before, after);

  expect(all.filter(({ kind }) => kind !== "new").map(({ text }) => text).join("")).toBe(before);
  expect(all.filter(({ kind }) => kind !== "gone").map(({ text }) => text).join("")).toBe(after);
});

test("very long texts stand one after the other, and nothing is nothing", () => {
  const long = "长".repeat(2000);

  expect(pieces(long, `${long}。`).map(({ kind }) => kind)).toEqual(["gone", "new"]);
  expect(pieces("", "")).toEqual([]);
  expect([asText(null), asText(15), asText("x")]).toEqual(["", "15", "x"]);
});
