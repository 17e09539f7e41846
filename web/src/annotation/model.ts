/** The annotation values of the wire, under the names that the rest of the web uses. */
import type {
  AnnotationMarksChanged,
  Arrow,
  BoardPage,
  BoardTarget,
  Ellipse,
  LiveTarget,
  Mark,
  Pen,
  Point,
  StillTarget,
  Text,
} from "@/contract/signaling";

export type { Arrow, BoardPage, BoardTarget, Ellipse, LiveTarget, Mark, Pen, Point, StillTarget, Text };
export type Shape = Pen | Arrow | Ellipse | Text;
export type Target = LiveTarget | StillTarget | BoardTarget;
/** The ordered effect of one operation; who caused it in which way does not matter to the fold. */
export type Changes = Partial<Pick<AnnotationMarksChanged, "put" | "removed" | "pages" | "page_shown">>;

/** The sheet a target lies on, as the operations name it. */
export function sheetOf(target: Target): string {
  switch (target.kind) {
    case "live":
      return `live:${target.publication}`;
    case "still":
      return `still:${target.still}`;
    case "board":
      return `board:${target.page}`;
  }
}
