import { sheetOf, type BoardPage, type Changes, type Mark } from "./model";

/** All marks and board pages of a room: the fold of the server's ordered changes. Never mutated. */
export interface MarkState {
  readonly marks: ReadonlyMap<string, Mark>;
  readonly pages: readonly BoardPage[];
  readonly pageShown: string | null;
}

export const NO_MARKS: MarkState = { marks: new Map(), pages: [], pageShown: null };

/** The state that a snapshot holds. */
export function markState(
  marks: readonly Mark[],
  pages: readonly BoardPage[],
  pageShown: string | null,
): MarkState {
  return { marks: new Map(marks.map((mark) => [mark.id, mark])), pages, pageShown };
}

/** The state after one ordered change. Applying the same change again changes nothing more. */
export function applyChanges(state: MarkState, changes: Changes): MarkState {
  const put = changes.put ?? [];
  const removed = changes.removed ?? [];
  const marks = put.length + removed.length === 0 ? state.marks : withChanges(state.marks, put, removed);
  return {
    marks,
    pages: changes.pages ? changes.pages.flatMap(pageOf) : state.pages,
    pageShown: changes.page_shown ?? state.pageShown,
  };
}

function withChanges(
  marks: ReadonlyMap<string, Mark>,
  put: readonly Mark[],
  removed: readonly string[],
): ReadonlyMap<string, Mark> {
  const next = new Map(marks);
  for (const id of removed) next.delete(id);
  for (const mark of put) next.set(mark.id, mark);
  return next;
}

function pageOf(row: { readonly [key: string]: string | null }): BoardPage[] {
  return typeof row["id"] === "string" ? [{ id: row["id"], background: row["background"] ?? null }] : [];
}

/** The marks of one sheet in the order in which they were made. */
export function marksOn(state: MarkState, sheet: string): readonly Mark[] {
  return [...state.marks.values()].filter((mark) => sheetOf(mark.target) === sheet);
}
