import { describe, expect, it } from "vitest";

import { strengthOf } from "./fade";
import type { Mark } from "./model";
import { OwnMarks } from "./ownMarks";
import { applyChanges, markState, marksOn, NO_MARKS } from "./state";

function mark(id: string, over: Partial<Mark> = {}): Mark {
  return {
    id,
    author: "p1",
    author_name: "王建国",
    colour: 0,
    target: { kind: "live", publication: "p1.scope", capture_ms: 1000, rtp_timestamp: null, rid: "" },
    shape: { shape: "text", at: { x: 0.5, y: 0.5, p: 0.5 }, text: "看", size: 0.04 },
    created_ms: 1000,
    ...over,
  };
}

describe("applyChanges", () => {
  it("puts, replaces and removes in the server's order", () => {
    const one = applyChanges(NO_MARKS, { put: [mark("a"), mark("b")], removed: [] });
    const two = applyChanges(one, { put: [mark("a", { colour: 3 })], removed: ["b"] });

    expect([...two.marks.keys()]).toEqual(["a"]);
    expect(two.marks.get("a")?.colour).toBe(3);
    expect(one.marks.size).toBe(2);
  });

  it("is the same when a change is applied twice", () => {
    const change = { put: [mark("a")], removed: ["x"] };
    const once = applyChanges(NO_MARKS, change);

    expect(applyChanges(once, change)).toEqual(once);
  });

  it("takes pages and the page shown, and keeps them when not told", () => {
    const paged = applyChanges(NO_MARKS, { pages: [{ id: "1", background: null }], page_shown: "1" });
    const after = applyChanges(paged, { put: [mark("a")] });

    expect(after.pages).toEqual([{ id: "1", background: null }]);
    expect(after.pageShown).toBe("1");
  });

  it("gives the marks of one sheet only", () => {
    const still = mark("s", { target: { kind: "still", still: "s1" } });
    const state = markState([mark("a"), still], [], null);

    expect(marksOn(state, "still:s1")).toEqual([still]);
    expect(marksOn(state, "live:p1.scope").map((each) => each.id)).toEqual(["a"]);
  });
});

describe("OwnMarks", () => {
  it("holds a mark until its echo comes, and drops a refused one", () => {
    const own = new OwnMarks();
    own.add(mark("a"));
    own.add(mark("b"));

    own.settle({ put: [mark("a")] });
    own.drop("b");

    expect(own.list()).toEqual([]);
  });
});

describe("strengthOf", () => {
  it("fades a live mark after its life and keeps the others", () => {
    expect(strengthOf(mark("a"), 8000, 8000)).toBe(1);
    expect(strengthOf(mark("a"), 8700, 8000)).toBeCloseTo(0.5);
    expect(strengthOf(mark("a"), 9000, 8000)).toBe(0);
    expect(strengthOf(mark("a"), 1e9, "keep")).toBe(1);
    expect(strengthOf(mark("a", { target: { kind: "board", page: "1" } }), 1e9, 4000)).toBe(1);
  });

  it("hides what was made later than now, as replay needs", () => {
    expect(strengthOf(mark("a", { created_ms: 5000 }), 4000, 8000)).toBe(0);
  });
});
