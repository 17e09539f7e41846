import { distance, type PicturePoint, type Rect } from "./geometry";
import type { Shape } from "./model";

/** What the hand does on a picture. */
export type DrawTool = "pen" | "arrow" | "ellipse" | "text" | "laser";

export const DRAW_TOOLS: readonly DrawTool[] = ["pen", "arrow", "ellipse", "text", "laser"];
export const WIDTHS: readonly number[] = [2 / 720, 3 / 720, 5 / 720, 8 / 720];
export const DEFAULT_WIDTH = 3 / 720;

const MAX_POINTS = 2000;
const MAX_TEXT = 200;

/** The next point of a pen stroke is taken when it is at least a pixel away; the list is bounded. */
export function addPoint(
  points: readonly PicturePoint[],
  point: PicturePoint,
  rect: Rect,
): readonly PicturePoint[] {
  const last = points[points.length - 1];
  if (last && distance(scaled(last, rect), scaled(point, rect)) < 1) return points;
  const kept = points.length < MAX_POINTS ? points : thinned(points);
  return [...kept, point];
}

function scaled(point: PicturePoint, rect: Rect): { x: number; y: number } {
  return { x: point.x * rect.width, y: point.y * rect.height };
}

/** Every second point: a very long stroke loses detail evenly instead of its end. */
function thinned(points: readonly PicturePoint[]): readonly PicturePoint[] {
  return points.filter((_, index) => index % 2 === 0);
}

/** The shape that a drag with this tool makes so far; null while it is too small to be meant. */
export function shapeOf(tool: DrawTool, points: readonly PicturePoint[], width: number): Shape | null {
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last) return null;
  switch (tool) {
    case "pen":
      return { shape: "pen", points: points.map(plain), width };
    case "arrow":
      return distance(first, last) < 0.008
        ? null
        : { shape: "arrow", tail: plain(first), head: plain(last), width };
    case "ellipse":
      return ellipseBetween(first, last, width);
    case "text":
    case "laser":
      return null;
  }
}

function ellipseBetween(a: PicturePoint, b: PicturePoint, width: number): Shape | null {
  const radiusX = Math.abs(a.x - b.x) / 2;
  const radiusY = Math.abs(a.y - b.y) / 2;
  if (radiusX < 0.003 || radiusY < 0.003) return null;
  const centre = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, p: 0.5 };
  return { shape: "ellipse", centre, radius_x: Math.min(1, radiusX), radius_y: Math.min(1, radiusY), width };
}

/** A text mark, or null for nothing but blanks. */
export function textAt(at: PicturePoint, text: string, size = 0.04): Shape | null {
  const words = Array.from(text.trim()).slice(0, MAX_TEXT).join("");
  return words === "" ? null : { shape: "text", at: plain(at), text: words, size };
}

function plain(point: PicturePoint): { x: number; y: number; p: number } {
  return { x: point.x, y: point.y, p: point.p };
}
