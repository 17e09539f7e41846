/** The tools in one's hand: what a stroke becomes, what is told while it grows, undo and clear. */
import { computed, ref, shallowRef, watch } from "vue";

import { addPoint, DEFAULT_WIDTH, shapeOf, textAt, WIDTHS, type DrawTool } from "@/annotation/drawing";
import { DEFAULT_LIFE, MARK_LIVES, type MarkLife } from "@/annotation/fade";
import type { PicturePoint, Rect } from "@/annotation/geometry";
import { sheetOf, type Mark, type Shape, type Target } from "@/annotation/model";
import { Throttle } from "@/annotation/throttle";
import type { Apply } from "@/contract/signaling";
import { toAppError, type AppError } from "@/kernel/errors";
import { newId } from "@/kernel/ids";
import { forgetfulStorage } from "@/kernel/storage";

import type { LiveRoom } from "./liveRoom";

const TELL_EVERY_MS = 34;
const POINT_EVERY_MS = 30;
const LIFE_KEY = "scopecast.room.markLife";
const storage = forgetfulStorage(() => window.localStorage);

/** A stroke that this person is drawing now. */
export interface StrokeNow {
  readonly id: string;
  readonly sheet: string;
  readonly target: Target;
  readonly points: readonly PicturePoint[];
}

export interface TextNow {
  readonly target: Target;
  readonly at: PicturePoint;
}

export class DrawingDesk {
  readonly tool = ref<DrawTool | null>(null);
  readonly width = ref(DEFAULT_WIDTH);
  readonly life = ref<MarkLife>(keptLife());
  /** Pen draws, finger pans. */
  readonly penOnly = ref(false);
  readonly stroke = shallowRef<StrokeNow | null>(null);
  readonly text = shallowRef<TextNow | null>(null);
  readonly problem = shallowRef<AppError | null>(null);
  readonly mayDraw = computed(() => this.room.may("draw"));
  readonly mayPoint = computed(() => this.room.may("point"));
  private readonly telling = new Throttle<StrokeNow>(TELL_EVERY_MS);
  private readonly pointing = new Throttle<{ target: Target; at: PicturePoint }>(POINT_EVERY_MS);

  constructor(private readonly room: LiveRoom) {
    watch(this.life, (chosen) => {
      storage.write(LIFE_KEY, String(chosen));
      room.drawn();
    });
  }

  /** Takes a tool, or puts it back when it is in the hand already. */
  pick(picked: DrawTool | null): void {
    this.tool.value = this.tool.value === picked ? null : picked;
    this.text.value = null;
  }

  widen(step: 1 | -1): void {
    const at = WIDTHS.indexOf(this.width.value) + step;
    this.width.value = WIDTHS[Math.min(WIDTHS.length - 1, Math.max(0, at))] ?? DEFAULT_WIDTH;
  }

  begin(target: Target, at: PicturePoint): void {
    if (this.tool.value === "text") this.text.value = { target, at };
    else this.stroke.value = { id: newId(), sheet: sheetOf(target), target, points: [at] };
    this.room.drawn();
  }

  extend(at: PicturePoint, rect: Rect): void {
    const now = this.stroke.value;
    if (now === null) return;
    this.stroke.value = { ...now, points: addPoint(now.points, at, rect) };
    this.tell(this.telling.offer(this.stroke.value, performance.now()));
    this.room.drawn();
  }

  /** The stroke becomes a mark; it stands on the own screen at once. */
  finish(): void {
    const now = this.stroke.value;
    const shape = this.shapeNow();
    this.stroke.value = null;
    this.telling.clear();
    if (now !== null && shape !== null) void this.put(now.id, now.target, shape);
    this.room.drawn();
  }

  discard(): void {
    if (this.stroke.value !== null) this.room.passing.end(this.stroke.value.id);
    this.stroke.value = null;
    this.telling.clear();
    this.room.drawn();
  }

  /** The laser pointer is here, or put away (null). */
  point(target: Target, at: PicturePoint | null): void {
    const { connection, passing, selfId } = this.room;
    const next = at === null ? null : this.pointing.offer({ target, at }, performance.now());
    if (at === null) connection.tell("annotation.pointer", { target: null, at: null });
    else if (next !== null) connection.tell("annotation.pointer", next);
    passing.pointer(selfId.value, at === null ? null : target, at, performance.now());
    this.room.drawn();
  }

  /** The words for the place that was tapped with the text tool. */
  write(words: string): void {
    const where = this.text.value;
    this.text.value = null;
    const shape = where === null ? null : textAt(where.at, words);
    if (where !== null && shape !== null) void this.put(newId(), where.target, shape);
  }

  /** Asks for an operation; false if it was refused (then `problem` says why). */
  async apply(operation: Apply["operation"]): Promise<boolean> {
    try {
      this.problem.value = null;
      await this.room.connection.request("annotation.apply", { operation });
      return true;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== "undo.nothing" && error.code !== "redo.nothing") this.problem.value = error;
      return false;
    }
  }

  /** The growing stroke, to be drawn in the same frame. */
  growing(): { readonly shape: Shape; readonly sheet: string } | null {
    const now = this.stroke.value;
    const shape = this.shapeNow();
    return now === null || shape === null ? null : { shape, sheet: now.sheet };
  }

  private shapeNow(): Shape | null {
    const now = this.stroke.value;
    const tool = this.tool.value;
    return now === null || tool === null ? null : shapeOf(tool, now.points, this.width.value);
  }

  private tell(now: StrokeNow | null): void {
    const shape = now === null ? null : this.shapeNow();
    if (now !== null && shape !== null) {
      this.room.connection.tell("annotation.stroke", { id: now.id, target: now.target, shape });
    }
  }

  private async put(id: string, target: Target, shape: Shape): Promise<void> {
    this.room.ownMarks.add(markOf(this.room, id, target, shape));
    this.room.drawn();
    if (await this.apply({ op: "add", id, target, shape })) return;
    this.room.ownMarks.drop(id);
    this.room.passing.end(id);
    this.room.drawn();
  }
}

function markOf(room: LiveRoom, id: string, target: Target, shape: Shape): Mark {
  const self = room.self.value;
  return {
    id,
    author: room.selfId.value,
    author_name: self?.name ?? "",
    colour: self?.colour ?? 0,
    target,
    shape,
    created_ms: room.now(),
  };
}

function keptLife(): MarkLife {
  const kept = storage.read(LIFE_KEY);
  return MARK_LIVES.find((each) => String(each) === kept) ?? DEFAULT_LIFE;
}
