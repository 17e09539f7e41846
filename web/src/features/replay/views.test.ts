import { describe, expect, it } from "vitest";

import type { ReplayTrack } from "@/contract/replay";

import { arrange, layoutOf } from "./views";

const tracks = ["scope", "hand", "camera"].map((source) => ({ source, publication: source }) as unknown as ReplayTrack);

describe("arranging pictures", () => {
  it("gives every picture a place in each layout", () => {
    for (const layout of ["scope", "hand", "side", "board"] as const) {
      const { large, small } = arrange(tracks, [], true, layout, null);
      expect([...large, ...small].toSorted()).toEqual(["board", "camera", "hand", "scope"]);
    }
    expect(arrange(tracks, [], true, "side", null).large).toEqual(["scope", "hand"]);
    expect(arrange(tracks, [], true, "board", null).large).toEqual(["board"]);
  });

  it("makes what was picked large and falls back where a picture is missing", () => {
    expect(arrange(tracks, [], false, "scope", "camera").large).toEqual(["camera"]);
    expect(arrange(tracks, [], false, "scope", "gone").large).toEqual(["scope"]);
    expect(arrange(tracks, [], false, "board", null).large).toEqual(["scope"]);
    expect(arrange([], [], false, "side", null)).toEqual({ large: [], small: [] });
  });

  it("puts a still beside the pictures and large when it is picked", () => {
    expect(arrange(tracks, ["s1"], false, "scope", null).small).toContain("still:s1");
    expect(arrange(tracks, ["s1"], false, "scope", "still:s1").large).toEqual(["still:s1"]);
  });

  it("reads the presenter's picture in picture as the scope", () => {
    expect([layoutOf("pip"), layoutOf("side")]).toEqual(["scope", "side"]);
  });
});
