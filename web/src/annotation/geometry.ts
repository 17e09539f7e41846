/**
 * Two spaces that must not be mixed: places in the picture (0..1 across and down, the wire form)
 * and places on the screen (CSS px).
 */
declare const space: unique symbol;

/** A place in the picture; `p` is pen pressure 0..1. */
export interface PicturePoint {
  readonly x: number;
  readonly y: number;
  readonly p: number;
  readonly [space]?: "picture";
}

/** A place in the window, CSS px from the top left. */
export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
  readonly [space]?: "screen";
}

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How much a picture is enlarged about its own rectangle, and where its top left has been pushed. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const NO_ZOOM: Zoom = { scale: 1, x: 0, y: 0 };
export const MAX_ZOOM = 8;

const MIN_UNIT = -0.05;
const MAX_UNIT = 1.05;

/** The largest rectangle of this aspect (width / height) inside the box, centred: never a crop. */
export function containRect(box: Rect, aspect: number): Rect {
  if (!(aspect > 0) || box.width <= 0 || box.height <= 0) return box;
  const width = Math.min(box.width, box.height * aspect);
  const height = width / aspect;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + (box.height - height) / 2,
    width,
    height,
  };
}

/** The picture's rectangle when it is zoomed; it may reach outside of the box, which clips it. */
export function zoomedRect(rect: Rect, zoom: Zoom): Rect {
  return {
    left: rect.left + zoom.x,
    top: rect.top + zoom.y,
    width: rect.width * zoom.scale,
    height: rect.height * zoom.scale,
  };
}

/** The zoom after a scale about a place on the screen and a push, kept so that no gap opens. */
export function zoomBy(rect: Rect, zoom: Zoom, about: ScreenPoint, factor: number, push: ScreenPoint): Zoom {
  const scale = Math.min(MAX_ZOOM, Math.max(1, zoom.scale * factor));
  const applied = scale / zoom.scale;
  const x = about.x - rect.left - (about.x - rect.left - zoom.x) * applied + push.x;
  const y = about.y - rect.top - (about.y - rect.top - zoom.y) * applied + push.y;
  return {
    scale,
    x: Math.min(0, Math.max(rect.width * (1 - scale), x)),
    y: Math.min(0, Math.max(rect.height * (1 - scale), y)),
  };
}

/** Where in the picture a place on the screen lies; null beyond the 5 % that the wire allows. */
export function toPicture(at: ScreenPoint, rect: Rect, pressure = 0.5): PicturePoint | null {
  if (rect.width <= 0 || rect.height <= 0) return null;
  const x = (at.x - rect.left) / rect.width;
  const y = (at.y - rect.top) / rect.height;
  if (x < MIN_UNIT || x > MAX_UNIT || y < MIN_UNIT || y > MAX_UNIT) return null;
  return { x: round(x), y: round(y), p: round(Math.min(1, Math.max(0, pressure))) };
}

/** The same, but held at the picture's edge: for a stroke that runs out of it. */
export function toPictureHeld(at: ScreenPoint, rect: Rect, pressure = 0.5): PicturePoint {
  const held = {
    x: Math.min(rect.left + rect.width, Math.max(rect.left, at.x)),
    y: Math.min(rect.top + rect.height, Math.max(rect.top, at.y)),
  };
  return toPicture(held, rect, pressure) ?? { x: 0, y: 0, p: 0.5 };
}

export function toScreen(point: { readonly x: number; readonly y: number }, rect: Rect): ScreenPoint {
  return { x: rect.left + point.x * rect.width, y: rect.top + point.y * rect.height };
}

export function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Four decimals place a point within a fifth of a pixel of a 2K picture. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
