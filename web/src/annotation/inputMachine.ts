/**
 * What fingers, pen and mouse mean on a picture (UX 6), without a DOM.
 *
 * - A finger's stroke starts after 6 px or 80 ms with one contact; pen and mouse start at once.
 * - A second finger within 120 ms cancels the stroke without a trace; later it ends it. Two fingers
 *   always zoom and pan.
 * - The first pen contact turns on "pen draws, finger pans".
 * - Outside of the draw mode one finger pans a zoomed picture.
 */
import { distance, type ScreenPoint } from "./geometry";

export const START_DISTANCE_PX = 6;
export const START_DELAY_MS = 80;
export const SECOND_FINGER_MS = 120;

export type ContactKind = "mouse" | "touch" | "pen";

export interface Contact {
  readonly id: number;
  readonly kind: ContactKind;
  readonly at: ScreenPoint;
  readonly pressure: number;
  readonly timeMs: number;
}

export type InputEvent =
  | ({ readonly type: "down" } & Contact)
  | ({ readonly type: "move" } & Contact)
  | { readonly type: "up"; readonly id: number; readonly timeMs: number }
  | { readonly type: "cancel"; readonly id: number; readonly timeMs: number }
  | { readonly type: "tick"; readonly timeMs: number };

export type InputEffect =
  | { readonly do: "start"; readonly at: ScreenPoint; readonly pressure: number }
  | { readonly do: "extend"; readonly at: ScreenPoint; readonly pressure: number }
  | { readonly do: "finish" }
  | { readonly do: "discard" }
  | { readonly do: "pan"; readonly dx: number; readonly dy: number }
  | { readonly do: "zoom"; readonly factor: number; readonly about: ScreenPoint; readonly push: ScreenPoint }
  | { readonly do: "penMode" };

interface Finger {
  readonly id: number;
  readonly at: ScreenPoint;
}

export type InputState =
  | { readonly name: "idle" }
  | { readonly name: "pending"; readonly first: Contact; readonly trail: readonly Contact[] }
  | {
      readonly name: "stroking";
      readonly id: number;
      readonly kind: ContactKind;
      readonly sinceMs: number;
      readonly at: ScreenPoint;
    }
  | { readonly name: "panning"; readonly finger: Finger }
  | { readonly name: "gesture"; readonly a: Finger; readonly b: Finger }
  | { readonly name: "released"; readonly ids: readonly number[] };

export interface InputMode {
  /** A drawing tool is in the hand. */
  readonly drawing: boolean;
  /** Pen draws, finger pans. */
  readonly penOnly: boolean;
}

export interface InputStep {
  readonly state: InputState;
  readonly effects: readonly InputEffect[];
}

export const INPUT_IDLE: InputState = { name: "idle" };

/** One step of the machine. */
export function inputStep(state: InputState, event: InputEvent, mode: InputMode): InputStep {
  switch (event.type) {
    case "down":
      return down(state, event, mode);
    case "move":
      return move(state, event);
    case "tick":
      return tick(state, event.timeMs);
    case "up":
      return up(state, event.id);
    case "cancel":
      return cancel(state, event.id);
  }
}

function down(state: InputState, contact: Contact, mode: InputMode): InputStep {
  switch (state.name) {
    case "idle":
      return firstDown(contact, mode);
    case "pending":
      return gesture(state.first, contact, []);
    case "stroking":
      if (state.kind !== "touch" || contact.kind !== "touch") return stay(state);
      return gesture(state, contact, [
        contact.timeMs - state.sinceMs <= SECOND_FINGER_MS ? { do: "discard" } : { do: "finish" },
      ]);
    case "panning":
      return contact.kind === "touch" ? gesture(state.finger, contact, []) : stay(state);
    case "gesture":
      return stay(state);
    case "released":
      return { state: { name: "released", ids: [...state.ids, contact.id] }, effects: [] };
  }
}

function firstDown(contact: Contact, mode: InputMode): InputStep {
  const start: InputEffect = { do: "start", at: contact.at, pressure: contact.pressure };
  if (!mode.drawing || (mode.penOnly && contact.kind === "touch")) {
    return { state: { name: "panning", finger: contact }, effects: [] };
  }
  if (contact.kind === "touch") return { state: { name: "pending", first: contact, trail: [] }, effects: [] };
  const penMode: InputEffect[] = contact.kind === "pen" && !mode.penOnly ? [{ do: "penMode" }] : [];
  return { state: stroking(contact, contact.at), effects: [...penMode, start] };
}

function move(state: InputState, contact: Contact): InputStep {
  switch (state.name) {
    case "pending":
      return movePending(state, contact);
    case "stroking":
      if (contact.id !== state.id) return stay(state);
      return {
        state: { ...state, at: contact.at },
        effects: [{ do: "extend", at: contact.at, pressure: contact.pressure }],
      };
    case "panning":
      return movePanning(state, contact);
    case "gesture":
      return moveGesture(state, contact);
    case "idle":
    case "released":
      return stay(state);
  }
}

function movePending(state: InputState & { name: "pending" }, contact: Contact): InputStep {
  if (contact.id !== state.first.id) return stay(state);
  const trail = [...state.trail, contact];
  const far = distance(state.first.at, contact.at) >= START_DISTANCE_PX;
  const late = contact.timeMs - state.first.timeMs >= START_DELAY_MS;
  return far || late ? begin(state.first, trail) : { state: { ...state, trail }, effects: [] };
}

function movePanning(state: InputState & { name: "panning" }, contact: Contact): InputStep {
  if (contact.id !== state.finger.id) return stay(state);
  const { at } = state.finger;
  return {
    state: { name: "panning", finger: { id: contact.id, at: contact.at } },
    effects: [{ do: "pan", dx: contact.at.x - at.x, dy: contact.at.y - at.y }],
  };
}

function tick(state: InputState, timeMs: number): InputStep {
  if (state.name !== "pending" || timeMs - state.first.timeMs < START_DELAY_MS) return stay(state);
  return begin(state.first, state.trail);
}

/** The waiting contact turns out to be a stroke: nothing of its way is lost. */
function begin(first: Contact, trail: readonly Contact[]): InputStep {
  const last = trail[trail.length - 1] ?? first;
  return {
    state: stroking(first, last.at),
    effects: [
      { do: "start", at: first.at, pressure: first.pressure },
      ...trail.map((each): InputEffect => ({ do: "extend", at: each.at, pressure: each.pressure })),
    ],
  };
}

function up(state: InputState, id: number): InputStep {
  switch (state.name) {
    case "pending": {
      if (id !== state.first.id) return stay(state);
      const begun = begin(state.first, state.trail);
      return { state: INPUT_IDLE, effects: [...begun.effects, { do: "finish" }] };
    }
    case "stroking":
      return id === state.id ? { state: INPUT_IDLE, effects: [{ do: "finish" }] } : stay(state);
    case "panning":
      return id === state.finger.id ? { state: INPUT_IDLE, effects: [] } : stay(state);
    case "gesture":
      return afterGesture(state, id);
    case "released":
      return release(state.ids, id);
    case "idle":
      return stay(state);
  }
}

function cancel(state: InputState, id: number): InputStep {
  if (state.name === "pending" && id === state.first.id) return { state: INPUT_IDLE, effects: [] };
  if (state.name === "stroking" && id === state.id)
    return { state: INPUT_IDLE, effects: [{ do: "discard" }] };
  return up(state, id);
}

/** After a pinch the finger that stays does nothing until it is lifted: no dot, no jump. */
function afterGesture(state: InputState & { name: "gesture" }, id: number): InputStep {
  if (id === state.a.id) return { state: { name: "released", ids: [state.b.id] }, effects: [] };
  if (id === state.b.id) return { state: { name: "released", ids: [state.a.id] }, effects: [] };
  return stay(state);
}

function release(ids: readonly number[], id: number): InputStep {
  const left = ids.filter((each) => each !== id);
  return { state: left.length === 0 ? INPUT_IDLE : { name: "released", ids: left }, effects: [] };
}

function moveGesture(state: InputState & { name: "gesture" }, contact: Contact): InputStep {
  const a = contact.id === state.a.id ? { id: contact.id, at: contact.at } : state.a;
  const b = contact.id === state.b.id ? { id: contact.id, at: contact.at } : state.b;
  const before = middle(state.a.at, state.b.at);
  const after = middle(a.at, b.at);
  const factor = distance(a.at, b.at) / Math.max(1, distance(state.a.at, state.b.at));
  const push = { x: after.x - before.x, y: after.y - before.y };
  return { state: { name: "gesture", a, b }, effects: [{ do: "zoom", factor, about: before, push }] };
}

function gesture(a: Finger, b: Finger, effects: readonly InputEffect[]): InputStep {
  return { state: { name: "gesture", a: { id: a.id, at: a.at }, b: { id: b.id, at: b.at } }, effects };
}

function stroking(contact: Contact, at: ScreenPoint): InputState {
  return { name: "stroking", id: contact.id, kind: contact.kind, sinceMs: contact.timeMs, at };
}

function middle(a: ScreenPoint, b: ScreenPoint): ScreenPoint {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function stay(state: InputState): InputStep {
  return { state, effects: [] };
}
