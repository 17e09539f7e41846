/** Lets at most one value a period through and keeps the newest of the others for the next turn. */
export class Throttle<T> {
  private lastMs = Number.NEGATIVE_INFINITY;
  private waiting: { readonly value: T } | null = null;

  constructor(private readonly periodMs: number) {}

  /** The value to send now, or null: it waits (and replaces what waited). */
  offer(value: T, nowMs: number): T | null {
    if (nowMs - this.lastMs < this.periodMs) {
      this.waiting = { value };
      return null;
    }
    this.lastMs = nowMs;
    this.waiting = null;
    return value;
  }

  /** What waited, if its time has come. */
  due(nowMs: number): T | null {
    if (this.waiting === null || nowMs - this.lastMs < this.periodMs) return null;
    return this.offer(this.waiting.value, nowMs);
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting = null;
  }
}
