/** What is only passing on a sheet: strokes that others are drawing, and laser pointers. */
import { sheetOf, type Shape, type Target } from "./model";

/** A pointer is gone this long after its last move (UX 6). */
export const POINTER_LIFE_MS = 600;
/** A stroke that never ended (its author left) is forgotten. */
export const STROKE_LIFE_MS = 5000;

export interface PassingStroke {
  readonly id: string;
  readonly author: string;
  readonly sheet: string;
  readonly target: Target;
  readonly shape: Shape;
  readonly seenMs: number;
}

export interface PassingPointer {
  readonly author: string;
  readonly sheet: string;
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly seenMs: number;
}

const GLIDE_MS = 40;

export class Passing {
  private readonly strokes = new Map<string, PassingStroke>();
  private readonly pointers = new Map<string, PassingPointer>();
  /** Strokes that have become marks: a late message of theirs must not bring them back. */
  private readonly ended = new Set<string>();

  stroke(author: string, stroke: { id: string; target: Target; shape: Shape }, nowMs: number): void {
    if (this.ended.has(stroke.id)) return;
    const { id, target, shape } = stroke;
    this.strokes.set(id, { id, author, sheet: sheetOf(target), target, shape, seenMs: nowMs });
  }

  /** The mark of this id is ordered (or discarded): its stroke in progress is over. */
  end(id: string): void {
    this.strokes.delete(id);
    this.ended.add(id);
    if (this.ended.size > 500) this.ended.delete(this.ended.values().next().value ?? id);
  }

  pointer(
    author: string,
    target: Target | null,
    at: { readonly x: number; readonly y: number } | null,
    nowMs: number,
  ): void {
    if (!target || !at) {
      this.pointers.delete(author);
      return;
    }
    const sheet = sheetOf(target);
    const before = this.pointers.get(author);
    const from = before && before.sheet === sheet ? glide(before, nowMs) : at;
    this.pointers.set(author, { author, sheet, from, to: at, seenMs: nowMs });
  }

  strokesOn(sheet: string, nowMs: number): readonly PassingStroke[] {
    for (const [id, stroke] of this.strokes) {
      if (nowMs - stroke.seenMs > STROKE_LIFE_MS) this.strokes.delete(id);
    }
    return [...this.strokes.values()].filter((stroke) => stroke.sheet === sheet);
  }

  pointersOn(sheet: string, nowMs: number): readonly { author: string; at: { x: number; y: number } }[] {
    const shown = [];
    for (const [author, pointer] of this.pointers) {
      if (nowMs - pointer.seenMs > POINTER_LIFE_MS) this.pointers.delete(author);
      else if (pointer.sheet === sheet) shown.push({ author, at: glide(pointer, nowMs) });
    }
    return shown;
  }

  /** Somebody left: nothing of theirs hangs in the air. */
  forget(author: string): void {
    this.pointers.delete(author);
    for (const [id, stroke] of this.strokes) if (stroke.author === author) this.strokes.delete(id);
  }
}

/** Between two places a pointer glides, so that 30 messages a second look like 60. */
function glide(pointer: PassingPointer, nowMs: number): { x: number; y: number } {
  const part = Math.min(1, Math.max(0, (nowMs - pointer.seenMs) / GLIDE_MS));
  return {
    x: pointer.from.x + (pointer.to.x - pointer.from.x) * part,
    y: pointer.from.y + (pointer.to.y - pointer.from.y) * part,
  };
}
