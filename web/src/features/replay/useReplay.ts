/** The state of one replay for the screen: what is loaded, where the clock is, what had happened there. */
import { computed, onBeforeUnmount, ref, shallowRef } from "vue";

import * as recordings from "@/api/recordings";
import type { ReplayEvent, ReplayManifest, ReplayTrack } from "@/contract/replay";
import { AppError } from "@/kernel/errors";
import type { RecordingId } from "@/kernel/ids";

import { ReplayEngine } from "./engine";
import { FrameSteps } from "./frameSteps";
import { HeldPlayRight } from "./playRight";
import { EMPTY_STORY, Storyteller } from "./story";
import { chapterIndexAt, firstPictureMs, momentFrom } from "./timeline";

const KEEP_POSITION_EVERY_MS = 10_000;
const PREVIOUS_WITHIN_MS = 3_000;

export type Replay = ReturnType<typeof useReplay>;

/** What the server says of the recording; throws on what is no refusal. */
function useLoaded(recording: RecordingId) {
  const manifest = shallowRef<ReplayManifest | null>(null);
  const events = shallowRef<readonly ReplayEvent[]>([]);
  const error = shallowRef<AppError | null>(null);
  const refuse = (failure: unknown): void => {
    if (!(failure instanceof AppError)) throw failure;
    error.value = failure;
  };
  const right = new HeldPlayRight(recording, refuse);

  async function fetchAll(): Promise<ReplayManifest | null> {
    try {
      const allowed = await right.obtain();
      const described = await recordings.manifest(allowed);
      events.value = await recordings.events(allowed, described);
      manifest.value = described;
      return described;
    } catch (failure) {
      refuse(failure);
      return null;
    }
  }

  return { manifest, events, error, right, refuse, fetchAll };
}

/** One frame of a track on or back; steps that are asked for quickly follow one another. */
function frameStepper(engine: ReplayEngine, right: HeldPlayRight, refuse: (failure: unknown) => void) {
  let stepping: Promise<void> = Promise.resolve();
  const steps = new FrameSteps(async (segment) => recordings.frameTimes(right.current ?? (await right.obtain()), segment));
  return (track: ReplayTrack, step: 1 | -1): void => {
    engine.pause();
    stepping = stepping
      .then(async () => {
        const to = await steps.beside(track, engine.at(), step);
        if (to !== null) engine.seek(to);
      })
      .catch(refuse);
  };
}

export function useReplay(recording: RecordingId) {
  const loaded = useLoaded(recording);
  const atMs = ref(0);
  const playing = ref(false);
  const waiting = ref(false);
  const speed = ref(1);
  const story = shallowRef(EMPTY_STORY);
  let teller = new Storyteller([], 0);
  let keptAtMs = 0;

  const engine = new ReplayEngine((shown) => {
    atMs.value = shown.atMs;
    playing.value = shown.playing;
    waiting.value = shown.waiting;
    story.value = teller.at(shown.atMs);
    if (Math.abs(shown.atMs - keptAtMs) > KEEP_POSITION_EVERY_MS) keepPosition();
  });

  function keepPosition(): void {
    keptAtMs = atMs.value;
    recordings.keepPosition(recording, keptAtMs).catch(loaded.refuse);
  }

  async function load(start: string | null): Promise<void> {
    const described = await loaded.fetchAll();
    if (described === null) return;
    teller = new Storyteller(loaded.events.value, described.origin_ms);
    engine.setDuration(described.duration_ms);
    engine.seek(start === null ? firstPictureMs(described) : momentFrom(start, described.duration_ms));
    engine.start();
  }

  const chapters = computed(() => loaded.manifest.value?.chapters ?? []);
  const chapterIndex = computed(() => chapterIndexAt(chapters.value.map((one) => one.start_ms), atMs.value));

  function toChapter(step: 1 | -1): void {
    const here = chapters.value[chapterIndex.value];
    const again = step === -1 && here !== undefined && atMs.value - here.start_ms > PREVIOUS_WITHIN_MS;
    const target = chapters.value[chapterIndex.value + (again ? 0 : step)];
    if (target !== undefined) engine.seek(target.start_ms);
  }

  onBeforeUnmount(() => {
    engine.close();
    loaded.right.close();
  });

  return {
    ...loaded, engine, atMs, playing, waiting, speed, story, chapters, chapterIndex, load, toChapter,
    toggle: () => { if (playing.value) engine.pause(); else engine.play(); },
    setSpeed: (factor: number) => { speed.value = factor; engine.setSpeed(factor); },
    stepFrame: frameStepper(engine, loaded.right, loaded.refuse),
    newTeller: () => new Storyteller(loaded.events.value, loaded.manifest.value?.origin_ms ?? 0),
  };
}
