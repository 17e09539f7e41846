import { describe, expect, test } from "vitest";

import { MAY_IMPORT, libraryRefusal, refusal } from "../scripts/layers.mjs";

describe("who may import whom", () => {
  test("a feature sees the layers below it and no other feature", () => {
    expect(refusal("features/room/Stage.vue", "rtc/peer")).toBeNull();
    expect(refusal("features/room/Stage.vue", "features/room/keys")).toBeNull();
    expect(refusal("features/room/Stage.vue", "features/replay/keys")).toMatch(/must not/);
    expect(refusal("features/room/Stage.vue", "app/router")).toMatch(/must not/);
  });

  test("ui sees the kernel alone", () => {
    expect(refusal("ui/Icon.vue", "kernel/i18n")).toBeNull();
    expect(refusal("ui/Icon.vue", "api/http")).toMatch(/must not/);
  });

  test("no layer can reach itself by way of others", () => {
    const reach = (from: string, seen: Set<string>): Set<string> => {
      for (const next of (MAY_IMPORT as Record<string, readonly string[]>)[from] ?? []) {
        if (!seen.has(next)) reach(next, seen.add(next));
      }
      return seen;
    };
    expect(Object.keys(MAY_IMPORT).filter((layer) => reach(layer, new Set()).has(layer))).toEqual([]);
  });

  test("edge libraries have one importer", () => {
    expect(libraryRefusal("rtc/socketLine.ts", "socket.io-client")).toBeNull();
    expect(libraryRefusal("features/room/x.ts", "socket.io-client")).toMatch(/only in rtc/);
    expect(libraryRefusal("features/replay/trackPlayer.ts", "hls.js")).toBeNull();
    expect(libraryRefusal("features/room/x.ts", "vue")).toBeNull();
  });
});
