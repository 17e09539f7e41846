import { getStroke } from "perfect-freehand";

import type { Rect } from "./geometry";
import type { Arrow, Ellipse, Pen, Shape } from "./model";

export type Vertex = readonly [number, number];

/** Line width on the screen for a width given as a part of the picture's height. */
export function lineWidth(width: number, rect: Rect): number {
  return Math.max(1.5, width * rect.height);
}

/** The closed outline of a pen stroke as it lies on the screen; pressure makes it wider. */
export function penOutline(pen: Pen, rect: Rect): Vertex[] {
  const points = pen.points.map((point) => [
    rect.left + point.x * rect.width,
    rect.top + point.y * rect.height,
    point.p,
  ]);
  const outline = getStroke(points, {
    size: lineWidth(pen.width, rect) * 1.25,
    thinning: 0.4,
    smoothing: 0.5,
    streamline: 0.3,
    simulatePressure: false,
    last: true,
  });
  return outline.map(([x, y]) => [x, y] as const);
}

/** The middle line of a shape on the screen, for dashed ink; null where there is none. */
export function centreLine(shape: Pen | Arrow | Ellipse, rect: Rect): Vertex[] {
  switch (shape.shape) {
    case "pen":
      return shape.points.map((point) => at(point, rect));
    case "arrow":
      return arrowLine(shape, rect);
    case "ellipse":
      return ellipseLine(shape, rect);
  }
}

/** One line through shaft and head: tail, head, one barb, head, the other barb. */
function arrowLine(arrow: Arrow, rect: Rect): Vertex[] {
  const tail = at(arrow.tail, rect);
  const head = at(arrow.head, rect);
  const angle = Math.atan2(head[1] - tail[1], head[0] - tail[0]);
  const length = Math.hypot(head[0] - tail[0], head[1] - tail[1]);
  const barb = Math.min(length * 0.4, lineWidth(arrow.width, rect) * 6);
  const side = (turn: number): Vertex => [
    head[0] - barb * Math.cos(angle + turn),
    head[1] - barb * Math.sin(angle + turn),
  ];
  return [tail, head, side(0.45), head, side(-0.45)];
}

const ELLIPSE_STEPS = 64;

function ellipseLine(ellipse: Ellipse, rect: Rect): Vertex[] {
  const [x, y] = at(ellipse.centre, rect);
  const radiusX = ellipse.radius_x * rect.width;
  const radiusY = ellipse.radius_y * rect.height;
  return Array.from({ length: ELLIPSE_STEPS + 1 }, (_, step) => {
    const angle = (step / ELLIPSE_STEPS) * 2 * Math.PI;
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)] as const;
  });
}

/** Where the author's surname stands: beside the top right end of the shape. */
export function labelPlace(shape: Shape, rect: Rect): Vertex {
  switch (shape.shape) {
    case "pen": {
      const last = shape.points[shape.points.length - 1] ?? { x: 0, y: 0 };
      const [x, y] = at(last, rect);
      return [x + 6, y - 6];
    }
    case "arrow": {
      const [x, y] = at(shape.tail, rect);
      return shape.head.x >= shape.tail.x ? [x - 20, y + 20] : [x + 6, y + 20];
    }
    case "ellipse": {
      const [x, y] = at(shape.centre, rect);
      const diagonal = Math.SQRT1_2;
      return [
        x + shape.radius_x * rect.width * diagonal + 6,
        y - shape.radius_y * rect.height * diagonal - 6,
      ];
    }
    case "text": {
      const [x, y] = at(shape.at, rect);
      return [x, y - 4];
    }
  }
}

function at(point: { x: number; y: number }, rect: Rect): Vertex {
  return [rect.left + point.x * rect.width, rect.top + point.y * rect.height];
}
