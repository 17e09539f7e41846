/**
 * The colours of marks (UX 2): far from mucosa in colour distance, the first five apart for red-
 * and green-blind eyes. Red and orange are not among them on purpose.
 */
export const MARK_COLOURS = ["#00E5FF", "#FFE600", "#00C853", "#2F6BFF", "#FFFFFF", "#FF5CF4"] as const;

export interface MarkInk {
  readonly colour: string;
  readonly dashed: boolean;
}

/** The ink of a person by the index the server gave them; from the seventh person on, dashed. */
export function inkOf(index: number): MarkInk {
  const safe = Number.isInteger(index) && index >= 0 ? index : 0;
  return {
    colour: MARK_COLOURS[safe % MARK_COLOURS.length] ?? MARK_COLOURS[0],
    dashed: safe >= MARK_COLOURS.length,
  };
}
