/** Colours live in tokens.css alone, and keep the contrast that UX 2 promises. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "../src");
const styles = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(vue|css)$/.test(path))
  .map((path) => [path, readFileSync(join(SOURCE, path), "utf8")] as const);
const tokens = readFileSync(join(SOURCE, "ui/tokens.css"), "utf8");

test("no colour is written outside the tokens", () => {
  const written = styles
    .filter(([path]) => !path.endsWith("tokens.css"))
    .map(([path, text]) => [path, /<style[\s\S]*<\/style>/.exec(text)?.[0] ?? (path.endsWith(".css") ? text : "")] as const)
    .filter(([, css]) => /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/i.test(css.replaceAll(/url\("[^"]*"\)/g, "")));
  expect(written.map(([path]) => path)).toEqual([]);
});

function themeOf(selector: string): Map<string, string> {
  const start = tokens.indexOf(selector);
  const block = tokens.slice(tokens.indexOf("{", start) + 1, tokens.indexOf("}", start));
  return new Map(Array.from(block.matchAll(/--([\w-]+):\s*([^;]+);/g), (match) => [match[1] ?? "", (match[2] ?? "").trim()]));
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const THEMES = [["desk", '[data-theme="desk"]'], ["room", '[data-theme="room"]']] as const;
const TEXTS = ["text-1", "text-2", "text-3", "accent", "danger", "warn", "ok"];

test.each(THEMES)("text on the %s theme reads at 4.5:1, borders at 3:1", (_name, selector) => {
  const theme = themeOf(selector);
  const panel = theme.get("panel") ?? "";
  const weak = TEXTS.filter((name) => !(contrast(theme.get(name) ?? "", panel) >= 4.5));
  expect(weak).toEqual([]);
  expect(contrast(theme.get("control-border") ?? "", panel)).toBeGreaterThanOrEqual(3);
  expect(contrast(theme.get("on-accent") ?? "", theme.get("accent") ?? "")).toBeGreaterThanOrEqual(4.5);
});

test("every grey of the room is neutral", () => {
  const room = themeOf('[data-theme="room"]');
  const tinted = ["page", "panel", "raised", "text-1", "text-2", "text-3", "line", "control-border", "hover", "skeleton"].filter((name) => {
    const hex = room.get(name) ?? "";
    return !(hex.slice(1, 3) === hex.slice(3, 5) && hex.slice(3, 5) === hex.slice(5, 7));
  });
  expect(tinted).toEqual([]);
});
