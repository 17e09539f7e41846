import { describe, expect, it } from "vitest";

import { inkOf } from "./colours";
import { addPoint, shapeOf, textAt } from "./drawing";
import type { PicturePoint } from "./geometry";
import { Passing, POINTER_LIFE_MS } from "./passing";
import { surnameOf } from "./surname";
import { Throttle } from "./throttle";

const RECT = { left: 0, top: 0, width: 1000, height: 500 };
const point = (x: number, y: number): PicturePoint => ({ x, y, p: 0.5 });

describe("shapeOf", () => {
  it("takes an ellipse from corner to corner", () => {
    expect(shapeOf("ellipse", [point(0.2, 0.4), point(0.6, 0.8)], 0.004)).toMatchObject({
      centre: { x: 0.4, y: expect.closeTo(0.6) as number },
      radius_x: expect.closeTo(0.2) as number,
      radius_y: expect.closeTo(0.2) as number,
    });
  });

  it("makes nothing of a drag too small to be meant", () => {
    expect(shapeOf("arrow", [point(0.5, 0.5), point(0.501, 0.5)], 0.004)).toBeNull();
    expect(shapeOf("ellipse", [point(0.5, 0.5)], 0.004)).toBeNull();
    expect(textAt(point(0.5, 0.5), "  ")).toBeNull();
  });

  it("keeps pen points a pixel apart and bounded", () => {
    let points: readonly PicturePoint[] = [];
    for (let step = 0; step < 30_000; step += 1)
      points = addPoint(points, point((step * 0.0005) % 1, 0.5), RECT);

    expect(points.length).toBeLessThanOrEqual(2000);
  });

  it("cuts text by characters, not by halves of them", () => {
    const text = textAt(point(0, 0), "𬱖".repeat(300));
    expect(text?.shape === "text" ? Array.from(text.text).length : 0).toBe(200);
  });
});

describe("inkOf", () => {
  it("repeats the colours dashed from the seventh person on", () => {
    expect(inkOf(5)).toEqual({ colour: "#FF5CF4", dashed: false });
    expect(inkOf(6)).toEqual({ colour: "#00E5FF", dashed: true });
  });
});

describe("surnameOf", () => {
  it.each([
    ["王建国", "王"],
    ["欧阳修远", "欧阳"],
    ["阿卜杜热西提·买买提吐尔逊江", "阿卜杜热西提"],
    ["𬱖一鸣", "𬱖"],
    ["Chen Tao", "Chen"],
  ])("%s is %s", (name, surname) => {
    expect(surnameOf(name)).toBe(surname);
  });
});

describe("Throttle", () => {
  it("lets one a period through and sends the newest of the rest when due", () => {
    const throttle = new Throttle<number>(33);

    expect(throttle.offer(1, 0)).toBe(1);
    expect(throttle.offer(2, 10)).toBeNull();
    expect(throttle.offer(3, 20)).toBeNull();
    expect(throttle.due(30)).toBeNull();
    expect(throttle.due(33)).toBe(3);
    expect(throttle.due(99)).toBeNull();
  });
});

describe("Passing", () => {
  const target = { kind: "board", page: "1" } as const;
  const shape = { shape: "pen", points: [{ x: 0.1, y: 0.1, p: 0.5 }], width: 0.004 } as const;

  it("shows a stroke until its mark is ordered, and not again after", () => {
    const passing = new Passing();
    const stroke = { id: "m1", target, shape: { ...shape, points: [...shape.points] } };
    passing.stroke("p1", stroke, 0);
    expect(passing.strokesOn("board:1", 10)).toHaveLength(1);

    passing.end("m1");
    passing.stroke("p1", stroke, 20);

    expect(passing.strokesOn("board:1", 20)).toEqual([]);
  });

  it("glides a pointer between its places and lets it go", () => {
    const passing = new Passing();
    passing.pointer("p1", target, { x: 0, y: 0 }, 0);
    passing.pointer("p1", target, { x: 1, y: 0 }, 100);

    expect(passing.pointersOn("board:1", 120)[0]?.at.x).toBeCloseTo(0.5);
    expect(passing.pointersOn("board:1", 200)[0]?.at.x).toBe(1);
    expect(passing.pointersOn("board:1", 101 + POINTER_LIFE_MS)).toEqual([]);
  });
});
