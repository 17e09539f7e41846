import { describe, expect, it } from "vitest";

import { dividerOf, noticeBand, EQUAL_SHARE, fitShare, isNarrow, MOST_SHARE, placeAll, SCOPE_SHARE, type StageInput } from "./layout";

const WIDE = 16 / 9;
const DESK: StageInput = {
  shape: "desk",
  width: 1072,
  height: 796,
  fullScreen: false,
  railLeft: false,
  narrow: false,
  large: [{ key: "scope", aspect: WIDE }],
  floating: null,
  corner: "bottomRight",
  share: SCOPE_SHARE,
  framed: false,
  strip: [
    { key: "scope", aspect: WIDE },
    { key: "hand", aspect: WIDE },
    { key: "camera", aspect: WIDE },
  ],
};

function rectOf(
  input: StageInput,
  key: string,
): { left: number; top: number; width: number; height: number } {
  const { left, top, width, height } = placeAll(input).get(key)!.rect;
  return {
    left: Math.round(left),
    top: Math.round(top),
    width: Math.round(width),
    height: Math.round(height),
  };
}

describe("the desk at 1440x900", () => {
  it("gives the scope 1072x603 and the hand a small view of 280x158", () => {
    expect(rectOf(DESK, "scope")).toEqual({ left: 0, top: 0, width: 1072, height: 603 });
    expect(rectOf(DESK, "hand")).toEqual({ left: 0, top: 611, width: 280, height: 158 });
  });

  it("stands side by side as 656x369 and 408x230, tops aligned", () => {
    const side: StageInput = {
      ...DESK,
      large: [
        { key: "scope", aspect: WIDE },
        { key: "hand", aspect: WIDE },
      ],
    };
    const scope = rectOf(side, "scope");
    const hand = rectOf(side, "hand");

    expect([scope.width, scope.height]).toEqual([656, 369]);
    expect([hand.width, hand.height]).toEqual([408, 230]);
    expect(scope.top).toBe(hand.top);
  });

  it("stands the divider in the gap and gives each picture its share", () => {
    const large = [{ key: "scope", aspect: WIDE }, { key: "hand", aspect: WIDE }];
    const equal: StageInput = { ...DESK, large, share: EQUAL_SHARE };
    const placed = placeAll(equal);

    expect(rectOf(equal, "scope").width).toBe(532);
    expect(rectOf(equal, "hand").width).toBe(532);
    expect(dividerOf(["scope", "hand"], placed)).toMatchObject({ left: 532, width: 8, height: 299.25 });
    expect(dividerOf(["scope"], placed)).toBeNull();
    expect([fitShare(0.1), fitShare(0.6), fitShare(2)]).toEqual([0.3, 0.6, MOST_SHARE]);
  });

  it("keeps the strip close under two pictures, and the whole in the middle", () => {
    const side: StageInput = { ...DESK, large: [{ key: "scope", aspect: WIDE }, { key: "hand", aspect: WIDE }] };
    const scope = rectOf(side, "scope");
    const camera = rectOf(side, "camera");

    expect(camera.top).toBe(scope.top + scope.height + 30);
    expect(scope.top).toBe(106);
  });

  it("leaves room for the frame around a still beside the picture", () => {
    const beside: StageInput = { ...DESK, share: EQUAL_SHARE, framed: true, large: [{ key: "scope", aspect: WIDE }, { key: "still", aspect: WIDE }] };
    const still = rectOf(beside, "still");

    expect(still.left + still.width).toBe(1068);
    expect(still.width).toBe(528);
  });

  it("puts the strip at the right of a narrow picture, which is larger for it", () => {
    const narrow = (aspect: number): StageInput => ({
      ...DESK,
      narrow: isNarrow(aspect),
      large: [{ key: "scope", aspect }],
    });

    expect(rectOf(narrow(5 / 4), "scope")).toMatchObject({ width: 904, height: 723 });
    expect(rectOf(narrow(1), "scope")).toMatchObject({ width: 796, height: 796 });
    expect(rectOf(narrow(5 / 4), "hand").left).toBe(912);
  });

  it("does not move the large picture when somebody joins, shares or freezes", () => {
    const crowd = Array.from({ length: 12 }, (_, at) => ({ key: `c${at}`, aspect: 1 }));
    expect(rectOf({ ...DESK, strip: [...DESK.strip, ...crowd] }, "scope")).toEqual(rectOf(DESK, "scope"));
  });

  it("hides what has no place and keeps it off the screen", () => {
    const crowd = Array.from({ length: 6 }, (_, at) => ({ key: `c${at}`, aspect: WIDE }));
    const placed = placeAll({ ...DESK, strip: crowd });

    expect([...placed.values()].filter((each) => each.role === "small")).toHaveLength(5);
    expect(
      [...placed.values()].filter((each) => each.role === "hidden").every((each) => each.rect.left < -1000),
    ).toBe(true);
  });

  it("never lets two pictures overlap outside of full screen", () => {
    const placed = [...placeAll(DESK).values()]
      .filter((each) => each.role !== "hidden")
      .map((each) => each.rect);
    for (const a of placed) {
      for (const b of placed) {
        const apart =
          a.left + a.width <= b.left ||
          b.left + b.width <= a.left ||
          a.top + a.height <= b.top ||
          b.top + b.height <= a.top;
        expect(a === b || apart).toBe(true);
      }
    }
  });
});

describe("the phone", () => {
  it("upright: 390x219 at the top edge, small views of 170x96 below", () => {
    const upright: StageInput = { ...DESK, shape: "upright", width: 390, height: 331 };

    expect(rectOf(upright, "scope")).toEqual({ left: 0, top: 0, width: 390, height: 219 });
    expect(rectOf(upright, "hand")).toMatchObject({ width: 171, height: 96 });
  });

  it("across: full height of 693x390, the small view only when opened", () => {
    const across: StageInput = { ...DESK, shape: "across", width: 693, height: 390 };
    expect(rectOf(across, "scope")).toMatchObject({ width: 693, height: 390 });
    expect(placeAll(across).get("hand")?.role).toBe("hidden");

    const opened = placeAll({ ...across, floating: { key: "hand", aspect: WIDE } });
    expect(opened.get("hand")?.role).toBe("floating");
  });
});

describe("full screen", () => {
  it("takes the whole stage, with the small view in the chosen corner", () => {
    const full: StageInput = {
      ...DESK,
      fullScreen: true,
      width: 1440,
      height: 810,
      floating: { key: "hand", aspect: WIDE },
    };

    expect(rectOf(full, "scope")).toEqual({ left: 0, top: 0, width: 1440, height: 810 });
    expect(rectOf({ ...full, corner: "topLeft" }, "hand")).toMatchObject({ left: 24, top: 24 });
  });
});

describe("a notice across", () => {
  const across: StageInput = { ...DESK, shape: "across", width: 780, height: 390 };

  it("stands in the band between the picture and the rail, whichever side that is", () => {
    expect(rectOf(across, "scope")).toEqual({ left: 0, top: 0, width: 693, height: 390 });
    expect(noticeBand(across, placeAll(across))).toMatchObject({ left: 390 * WIDE, top: 0, height: 390 });
    const left: StageInput = { ...across, railLeft: true };
    expect(noticeBand(left, placeAll(left))).toMatchObject({ left: 0, width: 780 - 390 * WIDE });
  });

  it("stands under the picture where that is as wide as the stage", () => {
    const small: StageInput = { ...across, width: 603, height: 375 };
    expect(noticeBand(small, placeAll(small))).toMatchObject({ left: 0, width: 603, top: 603 / WIDE });
  });
});
