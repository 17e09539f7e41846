/** Runs a replay: one clock, the players that follow it, and what to show of it. */
import { PlayClock } from "./playClock";
import type { TrackPlayer } from "./trackPlayer";

const SHOW_EVERY_MS = 100;

export interface Shown {
  readonly atMs: number;
  readonly playing: boolean;
  readonly waiting: boolean;
}

export class ReplayEngine {
  private readonly clock = new PlayClock(0);
  private readonly players = new Set<TrackPlayer>();
  private frame = 0;
  private lastAtMs = 0;
  private lastShown = -SHOW_EVERY_MS;
  private durationMs = 0;

  constructor(private readonly show: (shown: Shown) => void) {}

  add(player: TrackPlayer): void {
    this.players.add(player);
  }

  remove(player: TrackPlayer): void {
    player.close();
    this.players.delete(player);
  }

  setDuration(durationMs: number): void {
    this.durationMs = durationMs;
    this.clock.setDuration(durationMs);
  }

  start(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.tick);
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    for (const player of this.players) player.close();
    this.players.clear();
  }

  play(): void {
    this.clock.play(performance.now());
    this.tell(false);
  }

  pause(): void {
    this.clock.pause(performance.now());
    this.tell(false);
  }

  seek(toMs: number): void {
    this.clock.seek(toMs, performance.now());
    this.lastAtMs = toMs;
    this.tell(false);
  }

  setSpeed(factor: number): void {
    this.clock.setSpeed(factor, performance.now());
  }

  at(): number {
    return this.clock.at(performance.now());
  }

  private readonly tick = (now: number): void => {
    this.frame = requestAnimationFrame(this.tick);
    const waiting = this.clock.running && [...this.players].some((player) => player.waiting());
    if (waiting) this.clock.seek(this.lastAtMs, now);
    this.lastAtMs = this.clock.at(now);
    const moment = { atMs: this.lastAtMs, playing: this.clock.running && !waiting, speed: this.clock.speed };
    for (const player of this.players) player.follow(moment);
    if (this.clock.running && this.durationMs > 0 && this.lastAtMs >= this.durationMs) this.pause();
    if (this.clock.running && now - this.lastShown >= SHOW_EVERY_MS) {
      this.lastShown = now;
      this.tell(waiting);
    }
  };

  private tell(waiting: boolean): void {
    this.show({ atMs: this.at(), playing: this.clock.running, waiting });
  }
}
