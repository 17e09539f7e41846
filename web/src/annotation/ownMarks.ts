import type { Changes, Mark } from "./model";

/**
 * One's own marks from the stroke until the server has ordered them, so that they stand on the
 * screen in the same frame. An echo replaces them; a refusal takes them away.
 */
export class OwnMarks {
  private readonly waiting = new Map<string, Mark>();

  add(mark: Mark): void {
    this.waiting.set(mark.id, mark);
  }

  /** The server refused or could not be asked: the mark goes. */
  drop(id: string): void {
    this.waiting.delete(id);
  }

  /** An ordered change arrived: what it names is no longer ours alone. */
  settle(changes: Changes): void {
    for (const mark of changes.put ?? []) this.waiting.delete(mark.id);
    for (const id of changes.removed ?? []) this.waiting.delete(id);
  }

  list(): readonly Mark[] {
    return [...this.waiting.values()];
  }

  get size(): number {
    return this.waiting.size;
  }
}
