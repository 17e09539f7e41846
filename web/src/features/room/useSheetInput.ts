/** Pointer events on a picture through the input machine, into strokes, pointer, zoom and pan. */
import { onScopeDispose, watch, type Ref } from "vue";

import { toPicture, toPictureHeld, type Rect, type ScreenPoint } from "@/annotation/geometry";
import {
  INPUT_IDLE,
  inputStep,
  START_DELAY_MS,
  type ContactKind,
  type InputEffect,
  type InputEvent,
  type InputState,
} from "@/annotation/inputMachine";
import { sheetOf, type Target } from "@/annotation/model";

import type { RoomContext } from "./roomContext";

export interface SheetInput {
  readonly canvas: Readonly<Ref<HTMLCanvasElement | null>>;
  readonly key: () => string;
  /** The picture's rectangle on the canvas, zoomed. */
  readonly picture: () => Rect;
  /** The same without zoom. */
  readonly unzoomed: () => Rect;
  /** Where a mark made now belongs; null: nothing can be drawn here. */
  readonly target: () => Target | null;
}

export interface SheetInputHandlers {
  pointerdown(event: PointerEvent): void;
  pointermove(event: PointerEvent): void;
  pointerup(event: PointerEvent): void;
  pointercancel(event: PointerEvent): void;
  pointerleave(event: PointerEvent): void;
  wheel(event: WheelEvent): void;
}

class Hand {
  private state: InputState = INPUT_IDLE;
  private pointed = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly context: RoomContext,
    private readonly given: SheetInput,
  ) {}

  feed(event: InputEvent): void {
    const { desk } = this.context;
    const tool = desk.tool.value;
    const drawing = tool !== null && (tool === "laser" ? desk.mayPoint.value : desk.mayDraw.value);
    const step = inputStep(this.state, event, { drawing, penOnly: desk.penOnly.value });
    this.state = step.state;
    for (const effect of step.effects) this.carryOut(effect);
    if (this.state.name === "pending") {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.feed({ type: "tick", timeMs: performance.now() });
      }, START_DELAY_MS);
    }
  }

  private carryOut(effect: InputEffect): void {
    const { desk, zoom } = this.context;
    const key = this.given.key();
    switch (effect.do) {
      case "start":
        this.start(effect.at, effect.pressure);
        return;
      case "extend":
        this.extend(effect.at, effect.pressure);
        return;
      case "finish":
        if (this.pointed) this.liftPointer();
        else desk.finish();
        return;
      case "discard":
        this.liftPointer();
        desk.discard();
        return;
      case "pan":
        zoom.by(key, this.given.unzoomed(), { x: 0, y: 0 }, 1, { x: effect.dx, y: effect.dy });
        return;
      case "zoom":
        zoom.by(key, this.given.unzoomed(), effect.about, effect.factor, effect.push);
        return;
      case "penMode":
        desk.penOnly.value = true;
        return;
    }
  }

  private start(at: ScreenPoint, pressure: number): void {
    const { desk, sheet } = this.context;
    const target = this.given.target();
    const point = toPicture(at, this.given.picture(), pressure);
    if (target === null || point === null) return;
    sheet.value = sheetOf(target);
    if (desk.tool.value === "laser") this.aim(at);
    else desk.begin(target, point);
  }

  private extend(at: ScreenPoint, pressure: number): void {
    const { desk } = this.context;
    if (desk.tool.value === "laser") this.aim(at);
    else desk.extend(toPictureHeld(at, this.given.picture(), pressure), this.given.picture());
  }

  /** The laser pointer follows; a mouse need not be pressed. */
  aim(at: ScreenPoint): void {
    const target = this.given.target();
    const point = toPicture(at, this.given.picture());
    if (target === null || point === null || !this.context.desk.mayPoint.value) return;
    this.pointed = true;
    this.context.desk.point(target, point);
  }

  liftPointer(): void {
    const target = this.given.target();
    if (this.pointed && target !== null) this.context.desk.point(target, null);
    this.pointed = false;
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}

function kindOf(event: PointerEvent): ContactKind {
  return event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse";
}

function contactOf(type: "down" | "move", event: PointerEvent, at: ScreenPoint): InputEvent {
  const pressure = event.pressure === 0 ? 0.5 : event.pressure;
  return { type, id: event.pointerId, kind: kindOf(event), at, pressure, timeMs: event.timeStamp };
}

export function useSheetInput(context: RoomContext, given: SheetInput): SheetInputHandlers {
  const hand = new Hand(context, given);
  const placeOf = (event: MouseEvent): ScreenPoint => {
    const box = given.canvas.value?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const hovering = (event: PointerEvent): boolean => event.buttons === 0 && context.desk.tool.value === "laser";
  watch(context.desk.tool, () => {
    hand.liftPointer();
  });
  onScopeDispose(() => {
    hand.close();
  });
  return {
    pointerdown(event) {
      if (event.button > 0) return;
      given.canvas.value?.setPointerCapture(event.pointerId);
      hand.feed(contactOf("down", event, placeOf(event)));
    },
    pointermove(event) {
      if (hovering(event)) {
        hand.aim(placeOf(event));
        return;
      }
      const all = event.getCoalescedEvents();
      for (const each of all.length > 0 ? all : [event]) hand.feed(contactOf("move", each, placeOf(each)));
    },
    pointerup(event) {
      hand.feed({ type: "up", id: event.pointerId, timeMs: event.timeStamp });
    },
    pointercancel(event) {
      hand.feed({ type: "cancel", id: event.pointerId, timeMs: event.timeStamp });
    },
    pointerleave(event) {
      if (hovering(event)) hand.liftPointer();
    },
    wheel(event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      context.zoom.by(given.key(), given.unzoomed(), placeOf(event), Math.exp(-event.deltaY / 300));
    },
  };
}
