/** Places the server's time on this page's monotonic clock (`performance.now()`), NTP's way. */
interface Sample {
  readonly roundTripMs: number;
  readonly offsetMs: number;
}

const KEPT = 12;

export class ServerClock {
  private samples: Sample[] = [];

  /** One ping: sent and received on the page's clock, the server's time in between. */
  sample(sentMs: number, receivedMs: number, serverMs: number): void {
    const roundTripMs = Math.max(0, receivedMs - sentMs);
    const offsetMs = serverMs - (sentMs + receivedMs) / 2;
    this.samples = [...this.samples.slice(1 - KEPT), { roundTripMs, offsetMs }];
  }

  /** The sample with the shortest way is the truest. */
  private best(): Sample | null {
    return this.samples.reduce<Sample | null>(
      (best, each) => (best === null || each.roundTripMs < best.roundTripMs ? each : best),
      null,
    );
  }

  get known(): boolean {
    return this.samples.length > 0;
  }

  get roundTripMs(): number | null {
    return this.samples.at(-1)?.roundTripMs ?? null;
  }

  /** The server's time (ms since 1970 UTC) at this moment of the page's clock. */
  serverMs(pageMs: number): number {
    const best = this.best();
    return best === null ? performance.timeOrigin + pageMs : pageMs + best.offsetMs;
  }

  /** The page's clock after a sleep of the machine is another: begin anew. */
  forget(): void {
    this.samples = [];
  }
}
