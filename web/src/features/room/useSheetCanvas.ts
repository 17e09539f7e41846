/** Draws a sheet's marks on its canvas: only when something changed or is still to fade. */
import { onMounted, onScopeDispose, watch, type Ref } from "vue";

import { anyFading, drawMarks, drawPointer } from "@/annotation/renderer";
import type { Rect } from "@/annotation/geometry";
import type { Mark, Target } from "@/annotation/model";
import { marksOn } from "@/annotation/state";
import { sheetOf } from "@/annotation/model";

import type { RoomContext } from "./roomContext";

export interface SheetCanvas {
  readonly canvas: Readonly<Ref<HTMLCanvasElement | null>>;
  readonly sheet: () => string | null;
  /** The canvas's own size, CSS px. */
  readonly size: () => { readonly width: number; readonly height: number };
  /** The picture's rectangle in it. */
  readonly picture: () => Rect;
}

/** Everything on the sheet now: ordered marks, one's own before their echo, strokes in progress. */
export function marksNow(context: RoomContext, sheet: string, nowMs: number): Mark[] {
  const { room, desk } = context;
  const serverNow = room.now();
  const own = room.ownMarks.list().filter((mark) => sheetOf(mark.target) === sheet);
  const strokes = room.passing.strokesOn(sheet, nowMs).map((stroke): Mark => {
    const author = room.state.value.participants.get(stroke.author);
    return {
      id: stroke.id,
      author: stroke.author,
      author_name: author?.name ?? "",
      colour: author?.colour ?? 0,
      target: stroke.target,
      shape: stroke.shape,
      created_ms: serverNow,
    };
  });
  const growing = desk.growing();
  const self = room.self.value;
  const mine: Mark[] =
    growing === null || growing.sheet !== sheet || desk.stroke.value === null
      ? []
      : [
          {
            id: desk.stroke.value.id,
            author: room.selfId.value,
            author_name: self?.name ?? "",
            colour: self?.colour ?? 0,
            target: desk.stroke.value.target,
            shape: growing.shape,
            created_ms: serverNow,
          },
        ];
  return [...marksOn(room.marks.value, sheet), ...own, ...strokes, ...mine];
}

export function useSheetCanvas(context: RoomContext, given: SheetCanvas): { draw: () => void } {
  let asked = 0;
  const paint = (): void => {
    asked = 0;
    if (paintSheet(context, given)) ask();
  };
  const ask = (): void => {
    if (asked === 0) asked = requestAnimationFrame(paint);
  };
  const stop = context.room.onDraw(ask);
  onMounted(ask);
  watch([given.sheet, given.size, given.picture], ask, { flush: "post" });
  onScopeDispose(() => {
    stop();
    cancelAnimationFrame(asked);
  });
  return { draw: ask };
}

/** Paints once; true if another frame is needed because something fades or glides. */
function paintSheet(context: RoomContext, given: SheetCanvas): boolean {
  const canvas = given.canvas.value;
  const sheet = given.sheet();
  const ctx = canvas?.getContext("2d") ?? null;
  if (canvas === null || ctx === null) return false;
  fit(canvas, given.size());
  ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  const { width, height } = given.size();
  ctx.clearRect(0, 0, width, height);
  if (sheet === null) return false;
  const nowMs = performance.now();
  const marks = marksNow(context, sheet, nowMs);
  const life = context.desk.life.value;
  const now = marks.reduce((latest, mark) => Math.max(latest, mark.created_ms), context.room.now());
  canvas.dataset["marks"] = String(marks.length);
  drawMarks(ctx, marks, given.picture(), { now, life });
  const pointers = context.room.passing.pointersOn(sheet, nowMs);
  for (const { author, at } of pointers) {
    const person = context.room.state.value.participants.get(author);
    drawPointer(ctx, { at, colour: person?.colour ?? 0, name: person?.name ?? "" }, given.picture());
  }
  return pointers.length > 0 || anyFading(marks, now, life);
}

function fit(canvas: HTMLCanvasElement, size: { readonly width: number; readonly height: number }): void {
  const width = Math.max(1, Math.round(size.width * devicePixelRatio));
  const height = Math.max(1, Math.round(size.height * devicePixelRatio));
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}

/** The live target of a picture at the frame on the screen now. */
export function liveTarget(context: RoomContext, publication: string): Target {
  const frame = context.frames.of(publication);
  return {
    kind: "live",
    publication,
    capture_ms: frame?.captureMs ?? context.room.now(),
    rtp_timestamp: frame?.rtpTimestamp ?? null,
    rid: frame?.rid ?? "",
  };
}
