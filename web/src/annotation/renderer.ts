/**
 * Draws marks on a canvas over a picture. Used live and in replay: everything comes in as
 * arguments, `now` included.
 */
import { inkOf, type MarkInk } from "./colours";
import { DEFAULT_LIFE, strengthOf, type MarkLife } from "./fade";
import { toScreen, type Rect } from "./geometry";
import type { Mark, Shape, Text } from "./model";
import { centreLine, labelPlace, lineWidth, penOutline, type Vertex } from "./outline";
import { surnameOf } from "./surname";

export interface DrawOptions {
  /** Time on the axis of `created_ms`; marks made later are not drawn. */
  readonly now: number;
  readonly life?: MarkLife;
}

/** A laser pointer of somebody, at a place of the picture. */
export interface PointerSpot {
  readonly at: { readonly x: number; readonly y: number };
  readonly colour: number;
  readonly name: string;
}

const CASING = "rgba(0, 0, 0, 0.75)";
const CASING_PX = 1.5;
const POINTER_PX = 14;
const FONT = '"PingFang SC","Microsoft YaHei UI","Microsoft YaHei","Noto Sans CJK SC",system-ui,sans-serif';

/** Draws these marks into the picture's rectangle; coordinates of the context are CSS px. */
export function drawMarks(
  ctx: CanvasRenderingContext2D,
  marks: Iterable<Mark>,
  rect: Rect,
  options: DrawOptions,
): void {
  const life = options.life ?? DEFAULT_LIFE;
  for (const mark of marks) {
    const strength = strengthOf(mark, options.now, life);
    if (strength > 0) drawMark(ctx, mark, rect, strength);
  }
}

/** Whether a further frame is needed because a mark is still to fade. */
export function anyFading(marks: Iterable<Mark>, now: number, life: MarkLife): boolean {
  if (life === "keep") return false;
  for (const mark of marks) {
    if (mark.target.kind === "live" && strengthOf(mark, now, life) > 0) return true;
  }
  return false;
}

function drawMark(ctx: CanvasRenderingContext2D, mark: Mark, rect: Rect, strength: number): void {
  ctx.save();
  ctx.globalAlpha = strength;
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  drawShape(ctx, mark.shape, rect, inkOf(mark.colour));
  drawLabel(ctx, surnameOf(mark.author_name), labelPlace(mark.shape, rect), rect, inkOf(mark.colour));
  ctx.restore();
}

function drawShape(ctx: CanvasRenderingContext2D, shape: Shape, rect: Rect, ink: MarkInk): void {
  switch (shape.shape) {
    case "pen":
      if (ink.dashed || shape.points.length < 2)
        strokeLine(ctx, centreLine(shape, rect), shape.width, rect, ink);
      else fillOutline(ctx, penOutline(shape, rect), ink);
      return;
    case "arrow":
    case "ellipse":
      strokeLine(ctx, centreLine(shape, rect), shape.width, rect, ink);
      return;
    case "text":
      drawText(ctx, shape, rect, ink);
      return;
  }
}

function fillOutline(ctx: CanvasRenderingContext2D, outline: readonly Vertex[], ink: MarkInk): void {
  trace(ctx, outline);
  ctx.closePath();
  ctx.strokeStyle = CASING;
  ctx.lineWidth = CASING_PX * 2;
  ctx.stroke();
  ctx.fillStyle = ink.colour;
  ctx.fill();
}

function strokeLine(
  ctx: CanvasRenderingContext2D,
  line: readonly Vertex[],
  width: number,
  rect: Rect,
  ink: MarkInk,
): void {
  const px = lineWidth(width, rect);
  const first = line[0];
  trace(ctx, line.length === 1 && first ? [first, [first[0] + 0.01, first[1]]] : line);
  ctx.setLineDash(ink.dashed ? [px * 3, px * 2.5] : []);
  ctx.strokeStyle = CASING;
  ctx.lineWidth = px + CASING_PX * 2;
  ctx.stroke();
  ctx.strokeStyle = ink.colour;
  ctx.lineWidth = px;
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawText(ctx: CanvasRenderingContext2D, text: Text, rect: Rect, ink: MarkInk): void {
  const size = text.size * rect.height;
  const place = toScreen(text.at, rect);
  ctx.font = `600 ${size}px ${FONT}`;
  ctx.textBaseline = "top";
  text.text.split("\n").forEach((line, index) => {
    casedText(ctx, line, place.x, place.y + index * size * 1.25, ink.colour);
  });
}

function drawLabel(
  ctx: CanvasRenderingContext2D,
  label: string,
  place: Vertex,
  rect: Rect,
  ink: MarkInk,
): void {
  const size = Math.min(16, Math.max(11, rect.height * 0.022));
  ctx.font = `600 ${size}px ${FONT}`;
  ctx.textBaseline = "bottom";
  const width = ctx.measureText(label).width;
  const x = Math.min(Math.max(place[0], rect.left + 2), rect.left + rect.width - width - 2);
  const y = Math.min(Math.max(place[1], rect.top + size + 2), rect.top + rect.height - 2);
  casedText(ctx, label, x, y, ink.colour);
}

function casedText(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  ctx.lineJoin = "round";
  ctx.strokeStyle = CASING;
  ctx.lineWidth = CASING_PX * 2;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

/** Draws one laser pointer: a disc with casing and the surname. */
export function drawPointer(ctx: CanvasRenderingContext2D, spot: PointerSpot, rect: Rect): void {
  const { x, y } = toScreen(spot.at, rect);
  const ink = inkOf(spot.colour);
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, POINTER_PX / 2, 0, 2 * Math.PI);
  ctx.strokeStyle = CASING;
  ctx.lineWidth = CASING_PX * 2;
  ctx.stroke();
  ctx.fillStyle = ink.colour;
  ctx.fill();
  drawLabel(ctx, surnameOf(spot.name), [x + POINTER_PX / 2 + 4, y - 4], rect, ink);
  ctx.restore();
}

function trace(ctx: CanvasRenderingContext2D, line: readonly Vertex[]): void {
  ctx.beginPath();
  line.forEach(([x, y], index) => {
    if (index === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  });
}
