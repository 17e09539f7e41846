/** Both languages say the same things, with the same parameters, and every key that a screen asks for exists. */
import { describe, expect, test } from "vitest";

import type { MessageTree } from "@/kernel/i18n";

const trees = import.meta.glob<MessageTree>("../src/**/messages/*.json", { eager: true, import: "default" });
const sources = import.meta.glob<string>("../src/**/*.{vue,ts}", { eager: true, query: "?raw", import: "default" });

/** Where each area's words hang; the kernel's are at the root. */
const BUNDLE_OF: Record<string, string> = { kernel: "", app: "shell" };

function flat(tree: MessageTree, before = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const path = before === "" ? key : `${before}.${key}`;
    if (typeof value === "string") found.set(path, value);
    else for (const [deeper, text] of flat(value, path)) found.set(deeper, text);
  }
  return found;
}

function parameters(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? ""))].sort();
}

const areas = Object.keys(trees).filter((path) => path.endsWith("/zh-CN.json")).map((path) => path.replace(/\/messages\/zh-CN\.json$/, ""));

describe.each(areas)("%s", (area) => {
  const chinese = flat(trees[`${area}/messages/zh-CN.json`] ?? {});
  const english = flat(trees[`${area}/messages/en.json`] ?? {});

  test("has the same keys in both languages", () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  test("has the same parameters in both languages", () => {
    const different = [...chinese].filter(([key, text]) => parameters(text).join() !== parameters(english.get(key) ?? "").join());
    expect(different.map(([key]) => key)).toEqual([]);
  });

  test("leaves no text empty", () => {
    expect([...chinese, ...english].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

test("every key that is written out in a screen has words", () => {
  const known = new Set<string>();
  for (const area of areas) {
    const name = area.split("/").at(-1) ?? "";
    const bundle = BUNDLE_OF[name] ?? name;
    for (const key of flat(trees[`${area}/messages/zh-CN.json`] ?? {}).keys()) known.add(bundle === "" ? key : `${bundle}.${key}`);
  }
  const missing: string[] = [];
  for (const [path, text] of Object.entries(sources)) {
    if (path.includes(".test.")) continue;
    for (const match of text.matchAll(/\b(?:t|tc|translate)\(\s*["']([\w-]+(?:\.[\w-]+)+)["']/g)) {
      if (!known.has(match[1] ?? "")) missing.push(`${path}: ${match[1] ?? ""}`);
    }
  }
  expect(missing).toEqual([]);
});

/** Chinese that is data, not words of a screen. */
const DATA = ["annotation/surname.ts", "kernel/format.ts", "rtc/devices.ts"];

test("no Chinese stands in code but the compound surnames, the date's form and what devices are called", () => {
  const spoken = Object.entries(sources)
    .filter(([path]) => !/\.(?:test|fixture)\./.test(path) && !DATA.some((name) => path.endsWith(name)))
    .filter(([, text]) => /[\u4e00-\u9fff]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|<!--[\s\S]*?-->/gm, "")));
  expect(spoken.map(([path]) => path)).toEqual([]);
});
