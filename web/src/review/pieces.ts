/** Differences of two texts in pieces that a reader can follow: Han by characters, other words whole. */

export interface Piece {
  readonly kind: "same" | "gone" | "new";
  readonly text: string;
}

/** Above so many tokens on either side the texts are shown one after the other: nobody reads such a diff. */
const MOST = 1500;

function tokens(text: string): string[] {
  return text.match(/[^\s\p{Script=Han}\p{P}]+|\s+|./gsu) ?? [];
}

/** Lengths of the longest common sequences of all tails. */
function tails(before: readonly string[], after: readonly string[]): Uint16Array {
  const width = after.length + 1;
  const table = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      table[i * width + j] = before[i] === after[j]
        ? (table[(i + 1) * width + j + 1] ?? 0) + 1
        : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  return table;
}

function joined(pieces: readonly Piece[]): readonly Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last?.kind === piece.kind) all[all.length - 1] = { kind: piece.kind, text: last.text + piece.text };
    else all.push(piece);
  }
  return all;
}

/** What stayed, went and came, in reading order. */
export function pieces(before: string, after: string): readonly Piece[] {
  const old = tokens(before);
  const next = tokens(after);
  if (old.length > MOST || next.length > MOST) {
    return [{ kind: "gone" as const, text: before }, { kind: "new" as const, text: after }].filter((piece) => piece.text !== "");
  }
  const table = tails(old, next);
  const width = next.length + 1;
  const found: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < next.length) {
    const gone = old[i];
    const come = next[j];
    if (gone !== undefined && gone === come) {
      found.push({ kind: "same", text: gone });
      i += 1;
      j += 1;
    } else if (come === undefined || (gone !== undefined && (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))) {
      found.push({ kind: "gone", text: gone ?? "" });
      i += 1;
    } else {
      found.push({ kind: "new", text: come });
      j += 1;
    }
  }
  return joined(found);
}

/** A value of a field as text. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
