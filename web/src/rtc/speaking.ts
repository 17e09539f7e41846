/** Who speaks now, from levels that come and go between words. */
const LOUD_DBOV = -45;
const HOLD_MS = 1_500;

export interface SpeakingTimers {
  readonly now: () => number;
  readonly later: (act: () => void, ms: number) => unknown;
}

const BROWSER: SpeakingTimers = {
  now: () => performance.now(),
  later: (act, ms) => setTimeout(act, ms),
};

/**
 * Publications whose voice was loud within the last second and a half. Levels are in dBov (RFC 6464);
 * one who was muted or went away sends no further level, so that each must expire by itself.
 */
export class Speaking {
  private readonly until = new Map<string, number>();
  private shown: ReadonlySet<string> = new Set();
  private waiting = false;

  constructor(
    private readonly changed: (speaking: ReadonlySet<string>) => void,
    private readonly timers: SpeakingTimers = BROWSER,
  ) {}

  hear(levels: Readonly<Record<string, number>>): void {
    const until = this.timers.now() + HOLD_MS;
    for (const [publication, level] of Object.entries(levels)) if (level > LOUD_DBOV) this.until.set(publication, until);
    this.settle();
  }

  private settle(): void {
    const now = this.timers.now();
    for (const [publication, until] of this.until) if (until <= now) this.until.delete(publication);
    if (!this.waiting && this.until.size > 0) {
      this.waiting = true;
      this.timers.later(() => {
        this.waiting = false;
        this.settle();
      }, Math.min(...this.until.values()) - now);
    }
    const same = this.until.size === this.shown.size && [...this.until.keys()].every((each) => this.shown.has(each));
    if (same) return;
    this.shown = new Set(this.until.keys());
    this.changed(this.shown);
  }
}
