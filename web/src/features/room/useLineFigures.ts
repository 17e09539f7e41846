/** The figures of every picture that comes in, read once a second while somebody looks at them. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";

import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { lineFigures, pictureRates, type FigureRow, type LineFigures, type PictureCounters, type PictureRates } from "@/rtc/pictureFigures";

import type { LiveRoom } from "./liveRoom";

export interface PictureFigures {
  readonly publication: string;
  readonly counters: PictureCounters;
  /** Null until there were two reads. */
  readonly rates: PictureRates | null;
}

export interface RoomFigures {
  readonly pictures: readonly PictureFigures[];
  readonly upEstimateBps: number | null;
}

const EVERY_MS = 1_000;

export async function readFigures(room: LiveRoom): Promise<LineFigures | null> {
  const report = await room.media.value?.connection?.getStats();
  return report === undefined ? null : lineFigures(report.values() as Iterable<FigureRow>);
}

export function useLineFigures(room: LiveRoom): ShallowRef<RoomFigures | null> {
  const figures = shallowRef<RoomFigures | null>(null);
  let before: LineFigures | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let gone = false;

  async function read(): Promise<void> {
    try {
      const now = await readFigures(room);
      if (now !== null) figures.value = { upEstimateBps: now.upEstimateBps, pictures: picturesOf(room, before, now) };
      before = now;
    } catch (thrown) {
      log.debug("figures.unread", { code: toAppError(thrown).code });
    }
    if (!gone) timer = setTimeout(() => void read(), EVERY_MS);
  }

  void read();
  onScopeDispose(() => {
    gone = true;
    if (timer !== null) clearTimeout(timer);
  });
  return figures;
}

function picturesOf(room: LiveRoom, before: LineFigures | null, now: LineFigures): PictureFigures[] {
  return [...room.carried.value.values()].flatMap(({ publication, mid }) => {
    const counters = now.pictures.get(mid);
    const ended = !room.state.value.publications.has(publication);
    return counters === undefined || ended ? [] : [{ publication, counters, rates: pictureRates(before?.pictures.get(mid), counters) }];
  });
}
