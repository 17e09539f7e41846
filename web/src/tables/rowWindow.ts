/** Which rows of a long list are drawn: those in sight and a few beside them; all rows are equally high. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
  /** Empty height above and below, px. */
  readonly above: number;
  readonly below: number;
}

export const DRAWN_WHOLE = 100;
const BESIDE = 10;

export function rowWindow(count: number, rowHeight: number, scrolled: number, height: number): RowWindow {
  if (count <= DRAWN_WHOLE) return { first: 0, end: count, above: 0, below: 0 };
  const first = Math.min(Math.max(0, Math.floor(scrolled / rowHeight) - BESIDE), count);
  const end = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + BESIDE);
  return { first, end: Math.max(first, end), above: first * rowHeight, below: (count - Math.max(first, end)) * rowHeight };
}
