/** The one clock of a replay: where on the axis we are, whether it runs and how fast. Time is an argument. */

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

export class PlayClock {
  private baseMs = 0;
  private baseNow = 0;
  private isRunning = false;
  private factor = 1;

  constructor(private durationMs: number) {}

  get running(): boolean {
    return this.isRunning;
  }

  get speed(): number {
    return this.factor;
  }

  /** The moment of the axis at `now` (a monotonic clock, ms); it stops at the end. */
  at(now: number): number {
    if (!this.isRunning) return this.baseMs;
    return Math.min(this.durationMs, this.baseMs + (now - this.baseNow) * this.factor);
  }

  play(now: number): void {
    if (this.at(now) >= this.durationMs) this.baseMs = 0;
    this.rebase(now, true);
  }

  pause(now: number): void {
    this.rebase(now, false);
  }

  seek(atMs: number, now: number): void {
    this.baseMs = Math.max(0, Math.min(this.durationMs, atMs));
    this.baseNow = now;
  }

  setSpeed(factor: number, now: number): void {
    this.rebase(now, this.isRunning);
    this.factor = factor;
  }

  /** A recording that still grows became longer. */
  setDuration(durationMs: number): void {
    this.durationMs = durationMs;
  }

  private rebase(now: number, running: boolean): void {
    this.baseMs = this.at(now);
    this.baseNow = now;
    this.isRunning = running;
  }
}
