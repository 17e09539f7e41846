/** Level of a microphone, and whether somebody talks while muted. */
const SILENCE_DB = -60;
const TALK_DB = -38;
const TALK_FOR_MS = 400;
const TALK_FORGET_MS = 2_500;

/** 0 (silent) to 1 (loud) from samples in -1..1. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at += 1) sum += (samples[at] ?? 0) ** 2;
  const db = 20 * Math.log10(Math.sqrt(sum / Math.max(1, samples.length)) + 1e-9);
  return Math.min(1, Math.max(0, (db - SILENCE_DB) / -SILENCE_DB));
}

/** Whether a level has been that of talking for long enough; forgets after a pause. */
export class TalkDetector {
  private loudMs = 0;
  private lastMs: number | null = null;
  private talkedMs = Number.NEGATIVE_INFINITY;

  /** One level at this time; true while talking is noticed. */
  hear(level: number, nowMs: number): boolean {
    const step = this.lastMs === null ? 0 : Math.min(200, nowMs - this.lastMs);
    this.lastMs = nowMs;
    const loud = level >= (TALK_DB - SILENCE_DB) / -SILENCE_DB;
    this.loudMs = loud ? Math.min(TALK_FOR_MS, this.loudMs + step) : Math.max(0, this.loudMs - step);
    if (this.loudMs >= TALK_FOR_MS) this.talkedMs = nowMs;
    return nowMs - this.talkedMs < TALK_FORGET_MS;
  }

  reset(): void {
    this.loudMs = 0;
    this.talkedMs = Number.NEGATIVE_INFINITY;
  }
}

const READ_EVERY_MS = 80;

/** Reads a track's level while it runs. Works on a clone, so that a muted track is still heard here. */
export class MicMeter {
  private readonly context = new AudioContext();
  private readonly clone: MediaStreamTrack;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly source: MediaStreamAudioSourceNode;
  private listening = false;

  constructor(track: MediaStreamTrack, level: (level: number) => void) {
    this.clone = track.clone();
    this.clone.enabled = true;
    this.source = this.context.createMediaStreamSource(new MediaStream([this.clone]));
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 512;
    this.source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      level(levelOf(samples));
    }, READ_EVERY_MS);
    void this.context.resume();
  }

  /** Plays the microphone back to its owner, or stops it. */
  listen(on: boolean): void {
    if (on === this.listening) return;
    this.listening = on;
    if (on) this.source.connect(this.context.destination);
    else this.source.disconnect(this.context.destination);
  }

  close(): void {
    clearInterval(this.timer);
    this.clone.stop();
    void this.context.close();
  }
}
