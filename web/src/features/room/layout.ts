/**
 * Where each picture stands on the stage (UX W2). Pure: sizes in, rectangles out. Joining, leaving
 * and freezing never change a large picture's rectangle; only the view and the window do.
 */
import { containRect, type Rect } from "@/annotation/geometry";

export type ViewName = "scope" | "hand" | "side" | "pip" | "board";
export type StageShape = "desk" | "upright" | "across";

export interface StageItem {
  readonly key: string;
  /** Width over height. */
  readonly aspect: number;
}

export interface StageInput {
  readonly shape: StageShape;
  readonly width: number;
  readonly height: number;
  readonly fullScreen: boolean;
  /** Across, the rail is at the left: for the left-handed. */
  readonly railLeft: boolean;
  /** The main picture is narrower than 3:2; settled when its source starts, never later. */
  readonly narrow: boolean;
  /** Large pictures in their order: one, or two side by side. */
  readonly large: readonly StageItem[];
  /** A small view over the picture, opened by the viewer: full screen and across only. */
  readonly floating: StageItem | null;
  readonly corner: Corner;
  /** Side by side: the first picture's part of the width. */
  readonly share: number;
  /** A still beside a picture: its frame needs room. */
  readonly framed: boolean;
  readonly strip: readonly StageItem[];
}

/** The scope at 656 and the hand at 408 of 1072 (UX W2). */
export const SCOPE_SHARE = 656 / (656 + 408);
export const EQUAL_SHARE = 0.5;
export const LEAST_SHARE = 0.3;
export const MOST_SHARE = 0.7;

export function fitShare(share: number): number {
  return Math.min(MOST_SHARE, Math.max(LEAST_SHARE, share));
}

/** Where the divider stands: the gap between two pictures side by side; null for any other view. */
export function dividerOf(large: readonly string[], placed: ReadonlyMap<string, Placed>): Rect | null {
  const [first, second] = large.map((key) => placed.get(key)?.rect);
  if (first === undefined || second === undefined) return null;
  const left = first.left + first.width;
  return { left, top: first.top, width: second.left - left, height: Math.max(first.height, second.height) };
}

export type Corner = "topLeft" | "topRight" | "bottomLeft" | "bottomRight";

export interface Placed {
  readonly rect: Rect;
  readonly role: "large" | "small" | "floating" | "hidden";
}

export const SMALL_WIDTH = 280;
export const SMALL_HEIGHT = 158;
const FACE_WIDTH = 188;
export const STRIP_HEIGHT = 185;
export const NAME_HEIGHT = 22;
export const SIDE_STRIP_WIDTH = 168;
export const GAP = 8;
const UPRIGHT_STRIP_HEIGHT = 96;
/** A still beside a picture has its frame around it. */
const FRAME = 4;
const NARROWER_THAN = 3 / 2;

export function isNarrow(aspect: number): boolean {
  return aspect > 0 && aspect < NARROWER_THAN;
}

/** The rectangle of every item; what has no place is hidden, but keeps running. */
export function placeAll(input: StageInput): ReadonlyMap<string, Placed> {
  const areas = closeUp(input, areasOf(input));
  const placed = new Map<string, Placed>();
  for (const [key, rect] of placeLarge(input, areas.picture)) placed.set(key, { rect, role: "large" });
  if (input.floating !== null && !placed.has(input.floating.key)) {
    placed.set(input.floating.key, { rect: floatingRect(input, input.floating.aspect), role: "floating" });
  }
  const rest = input.strip.filter((item) => !placed.has(item.key));
  const slots = stripSlots(areas, input);
  rest.forEach((item, at) => {
    const slot = slots[at];
    placed.set(item.key, slot === undefined ? HIDDEN : { rect: slot, role: "small" });
  });
  return placed;
}

/** How many of the strip's items have no place there. */
export function overflowOf(placed: ReadonlyMap<string, Placed>): number {
  return [...placed.values()].filter((each) => each.role === "hidden").length;
}

const HIDDEN: Placed = { rect: { left: -10_000, top: 0, width: 320, height: 180 }, role: "hidden" };

interface Areas {
  readonly picture: Rect;
  readonly strip: Rect | null;
  readonly vertical: boolean;
}

function areasOf(input: StageInput): Areas {
  const { width, height } = input;
  const whole: Rect = { left: 0, top: 0, width, height };
  if (input.fullScreen || input.shape === "across") return { picture: whole, strip: null, vertical: false };
  if (input.shape === "upright") return uprightAreas(width, height);
  if (input.narrow) {
    return {
      picture: { ...whole, width: width - SIDE_STRIP_WIDTH },
      strip: { left: width - SIDE_STRIP_WIDTH + GAP, top: 0, width: SIDE_STRIP_WIDTH - GAP, height },
      vertical: true,
    };
  }
  const picture = height - STRIP_HEIGHT - GAP;
  return {
    picture: { ...whole, height: picture },
    strip: { left: 0, top: picture + GAP, width, height: STRIP_HEIGHT },
    vertical: false,
  };
}

/** Two pictures side by side are low: the strip stands close under them, the whole in the middle. */
function closeUp(input: StageInput, areas: Areas): Areas {
  if (input.shape !== "desk" || input.large.length < 2 || areas.strip === null || areas.vertical) return areas;
  const pair = Math.max(...placeLarge(input, areas.picture).map(([, rect]) => rect.height));
  const under = NAME_HEIGHT + GAP;
  const spare = Math.max(0, areas.picture.height + GAP - pair - under);
  const top = areas.picture.top + Math.round(spare / 2);
  return { ...areas, picture: { ...areas.picture, top, height: pair }, strip: { ...areas.strip, top: top + pair + under } };
}

/** Upright phone: the picture at the top edge in 16:9 of the width, small views in a row below. */
function uprightAreas(width: number, height: number): Areas {
  const picture = Math.min((width * 9) / 16, height);
  const room = height - picture - GAP;
  const strip =
    room >= UPRIGHT_STRIP_HEIGHT
      ? { left: GAP, top: picture + GAP, width: width - 2 * GAP, height: UPRIGHT_STRIP_HEIGHT }
      : null;
  return { picture: { left: 0, top: 0, width, height: picture }, strip, vertical: false };
}

function placeLarge(input: StageInput, area: Rect): [string, Rect][] {
  const [first, second] = input.large;
  if (first === undefined) return [];
  if (second === undefined) return [[first.key, oneLarge(input, containRect(area, first.aspect))]];
  if (input.shape === "upright") return stacked(first, second, area);
  const width = area.width - GAP - (input.framed ? 2 * FRAME : 0);
  const widths = [width * input.share, width * (1 - input.share)] as const;
  const sizes = [
    sized(first.aspect, widths[0], area.height),
    sized(second.aspect, widths[1], area.height),
  ] as const;
  const top = area.top + (area.height - Math.max(sizes[0].height, sizes[1].height)) / 2;
  const left = area.left + (area.width - sizes[0].width - sizes[1].width - GAP) / 2;
  return [
    [first.key, { left, top, ...sizes[0] }],
    [second.key, { left: left + sizes[0].width + GAP, top, ...sizes[1] }],
  ];
}

/** Across, the picture stands away from the rail: what is spare is one band, for notices. */
function oneLarge({ shape, width, railLeft }: StageInput, rect: Rect): Rect {
  return shape === "across" ? { ...rect, left: railLeft ? width - rect.width : 0, top: 0 } : rect;
}

const LEAST_BAND = 72;

/** Across, where a notice stands beside the pictures, else under them; never over one. */
export function noticeBand({ width, height, railLeft }: StageInput, placed: ReadonlyMap<string, Placed>): Rect {
  const large = [...placed.values()].filter((each) => each.role === "large").map((each) => each.rect);
  const bottom = Math.max(0, ...large.map((rect) => rect.top + rect.height));
  const edge = railLeft ? Math.min(width, ...large.map((rect) => rect.left)) : Math.max(0, ...large.map((rect) => rect.left + rect.width));
  const side = railLeft ? edge : width - edge;
  if (side >= LEAST_BAND) return { left: railLeft ? 0 : edge, top: 0, width: side, height };
  return { left: 0, top: bottom, width, height: height - bottom };
}

/** Two pictures on an upright phone share the width: the second stands beside the first, smaller. */
function stacked(first: StageItem, second: StageItem, area: Rect): [string, Rect][] {
  const width = (area.width - 2) / 2;
  return [
    [first.key, containRect({ ...area, width }, first.aspect)],
    [second.key, containRect({ ...area, left: area.left + width + 2, width }, second.aspect)],
  ];
}

function sized(aspect: number, width: number, height: number): { width: number; height: number } {
  const rect = containRect({ left: 0, top: 0, width, height }, aspect);
  return { width: rect.width, height: rect.height };
}

function stripSlots({ strip, vertical }: Areas, input: StageInput): Rect[] {
  if (strip === null) return [];
  if (input.shape === "upright") return row(strip, (strip.height * 16) / 9, strip.height);
  if (!vertical) return input.large.length > 1 ? row(strip, FACE_WIDTH, (FACE_WIDTH * 9) / 16) : firstLarger(strip);
  const height = (strip.width * 9) / 16;
  const step = height + NAME_HEIGHT + GAP;
  const many = Math.max(0, Math.floor((strip.height + GAP) / step));
  return Array.from({ length: many }, (_, at) => ({
    left: strip.left,
    top: strip.top + at * step,
    width: strip.width,
    height,
  }));
}

/** The first small view (the other main picture) is larger than those of persons and board. */
function firstLarger(strip: Rect): Rect[] {
  const first: Rect = { left: strip.left, top: strip.top, width: SMALL_WIDTH, height: SMALL_HEIGHT };
  const left = strip.left + SMALL_WIDTH + GAP;
  const rest = { ...strip, left, width: strip.left + strip.width - left };
  return strip.width < SMALL_WIDTH ? [] : [first, ...row(rest, FACE_WIDTH, (FACE_WIDTH * 9) / 16)];
}

function row(strip: Rect, width: number, height: number): Rect[] {
  const many = Math.max(0, Math.floor((strip.width + GAP) / (width + GAP)));
  return Array.from({ length: many }, (_, at) => ({
    left: strip.left + at * (width + GAP),
    top: strip.top,
    width,
    height,
  }));
}

const FLOAT_MARGIN = 24;

function floatingRect(input: StageInput, aspect: number): Rect {
  const width = input.shape === "across" ? Math.round(input.width * 0.28) : SMALL_WIDTH;
  const height = width / aspect;
  const margin = input.shape === "across" ? GAP : FLOAT_MARGIN;
  const left = input.corner.endsWith("Left") ? margin : input.width - width - margin;
  const top = input.corner.startsWith("top") ? margin : input.height - height - margin;
  return { left, top, width, height };
}
