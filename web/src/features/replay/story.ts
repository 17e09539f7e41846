/**
 * What had happened in the room at a moment: marks, pages, stills, the presenter's view, comments.
 * A fold of the recorded events; going on is cheap, going back folds anew from a kept place.
 */
import { applyChanges, NO_MARKS } from "@/annotation/state";
import type { MarkState } from "@/annotation/state";
import type { Mark } from "@/annotation/model";
import type { ReplayEvent } from "@/contract/replay";
import type { CommentPosted, MarksChanged, PresentedView, Still, StillChanged, StillRemoved, ViewPresented } from "@/contract/signaling";

export interface Story {
  readonly marks: MarkState;
  readonly stills: ReadonlyMap<string, Still>;
  readonly view: PresentedView;
}

export const EMPTY_STORY: Story = {
  marks: NO_MARKS,
  stills: new Map(),
  view: { layout: "scope", participant: null },
};

/** The story after one more event; events that change nothing on the screen leave it as it is. */
export function tell(story: Story, event: ReplayEvent): Story {
  switch (event.name) {
    case "marks.changed":
      return { ...story, marks: applyChanges(story.marks, (event.data as unknown as MarksChanged).changes) };
    case "view.presented":
      return { ...story, view: (event.data as unknown as ViewPresented).view };
    case "still.changed": {
      const { still } = event.data as unknown as StillChanged;
      return { ...story, stills: new Map(story.stills).set(still.id, still) };
    }
    case "still.removed": {
      const stills = new Map(story.stills);
      stills.delete((event.data as unknown as StillRemoved).still);
      return { ...story, stills };
    }
    default:
      return story;
  }
}

interface Kept {
  readonly index: number;
  readonly story: Story;
}

const KEEP_EVERY = 200;

/** Tells the story at any moment. Marks on a moving picture begin at the frame that they were drawn on. */
export class Storyteller {
  private readonly events: readonly ReplayEvent[];
  private readonly kept: Kept[] = [{ index: 0, story: EMPTY_STORY }];
  private last: Kept = { index: 0, story: EMPTY_STORY };

  constructor(
    events: readonly ReplayEvent[],
    private readonly originMs: number,
  ) {
    this.events = events.map((event) => this.placed(event)).toSorted((a, b) => a.t_ms - b.t_ms || a.seq - b.seq);
  }

  /** The story after all events up to and with this moment of the axis. */
  at(atMs: number): Story {
    let { index, story } = this.startFor(atMs);
    for (let event = this.events[index]; event !== undefined && event.t_ms <= atMs; event = this.events[index]) {
      story = tell(story, event);
      index += 1;
      if (index % KEEP_EVERY === 0 && (this.kept.at(-1)?.index ?? 0) < index) this.kept.push({ index, story });
    }
    this.last = { index, story };
    return story;
  }

  private startFor(atMs: number): Kept {
    const passed = this.events[this.last.index - 1];
    if (passed === undefined || passed.t_ms <= atMs) return this.last;
    const fits = this.kept.filter(({ index }) => index === 0 || (this.events[index - 1]?.t_ms ?? 0) <= atMs);
    return fits.at(-1) ?? { index: 0, story: EMPTY_STORY };
  }

  /** A live mark was told after it was drawn: it belongs to the frame its author saw. */
  private placed(event: ReplayEvent): ReplayEvent {
    if (event.name !== "marks.changed") return event;
    const { changes } = event.data as unknown as MarksChanged;
    const anchors = changes.put.flatMap((mark) => (mark.target.kind === "live" ? [mark.target.capture_ms] : []));
    const onlyNew = changes.cause === "do" && changes.removed.length === 0 && anchors.length === changes.put.length;
    if (!onlyNew || anchors.length === 0) return event;
    return { ...event, t_ms: Math.min(event.t_ms, Math.min(...anchors) - this.originMs) };
  }
}

/** A mark as the replay shows it: on the axis of wall time, from the frame of its anchor on. */
export function anchored(mark: Mark): Mark {
  return mark.target.kind === "live" ? { ...mark, created_ms: mark.target.capture_ms } : mark;
}

/** A place on a lane. */
export interface LaneItem {
  readonly id: string;
  readonly atMs: number;
  readonly text: string;
  readonly author: string;
}

/** First appearances of marks, for the lane of marks. */
export function markLane(events: readonly ReplayEvent[], originMs: number): readonly LaneItem[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.name !== "marks.changed") return [];
    return (event.data as unknown as MarksChanged).changes.put.flatMap((mark) => {
      if (seen.has(mark.id)) return [];
      seen.add(mark.id);
      const atMs = mark.target.kind === "live" ? mark.target.capture_ms - originMs : event.t_ms;
      return [{ id: mark.id, atMs, text: mark.shape.shape, author: mark.author_name }];
    });
  });
}

/** Comments that were made live, for the lane of questions. */
export function commentLane(events: readonly ReplayEvent[]): readonly LaneItem[] {
  return events.flatMap((event) => {
    if (event.name !== "comment.posted") return [];
    const posted = event.data as unknown as CommentPosted;
    return [{ id: posted.comment, atMs: posted.media_time_ms ?? event.t_ms, text: posted.body, author: posted.author_name }];
  });
}
