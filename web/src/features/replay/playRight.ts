/** The short-lived right to fetch a recording's files, renewed before it ends. */
import * as recordings from "@/api/recordings";
import type { PlayRight } from "@/api/recordings";
import type { RecordingId } from "@/kernel/ids";

const RENEW_BEFORE_MS = 60_000;
const RENEW_SOONEST_MS = 5_000;

export class HeldPlayRight {
  private held: PlayRight | null = null;
  private timer = 0;

  constructor(
    private readonly recording: RecordingId,
    private readonly onRefused: (failure: unknown) => void,
  ) {}

  async obtain(): Promise<PlayRight> {
    const right = await recordings.play(this.recording);
    this.held = right;
    const lifeMs = new Date(right.expires_at).getTime() - Date.now();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.obtain().catch(this.onRefused);
    }, Math.max(RENEW_SOONEST_MS, lifeMs - RENEW_BEFORE_MS));
    return right;
  }

  get current(): PlayRight | null {
    return this.held;
  }

  readonly token = (): string => this.held?.token ?? "";

  readonly urlOf = (name: string): string =>
    new URL(name, new URL(this.held?.manifest_url ?? "/", window.location.href)).pathname;

  close(): void {
    window.clearTimeout(this.timer);
  }
}
