/** Freezing and keeping the frame that is on the screen, and a picture for oneself. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import type { Mark } from "@/annotation/model";
import { drawMarks } from "@/annotation/renderer";
import * as files from "@/api/files";
import type { Freeze } from "@/contract/signaling";
import { AppError, toAppError } from "@/kernel/errors";
import { as, newId, type SessionId, type StillId } from "@/kernel/ids";

import type { LiveRoom } from "./liveRoom";
import type { PictureFrames } from "./pictureFrames";
import { stillKey } from "./stageModel";
import type { Views } from "./views";

const JPEG_QUALITY = 0.92;
const UNDO_FOR_MS = 10_000;

/** The picture of a video element in its own size. */
export async function pictureOf(
  video: HTMLVideoElement,
  marks: readonly Mark[] = [],
  type = "image/jpeg",
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0) throw new AppError({ code: "still.noPicture", status: 0 });
  context.drawImage(video, 0, 0);
  const rect = { left: 0, top: 0, width: canvas.width, height: canvas.height };
  drawMarks(context, marks, rect, { now: Number.MAX_SAFE_INTEGER, life: "keep" });
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob === null) reject(new AppError({ code: "still.noPicture", status: 0 }));
        else resolve(blob);
      },
      type,
      JPEG_QUALITY,
    );
  });
}

export interface Stills {
  /** Pictures kept without opening, in this visit. */
  readonly kept: Ref<number>;
  readonly lastKept: Ref<string | null>;
  readonly problem: ShallowRef<AppError | null>;
  /** A frozen one opens beside the live picture for the one who froze it. */
  take(publication: string, open: boolean): Promise<void>;
  undoKept(): Promise<void>;
  putAway(still: string): Promise<void>;
}

interface Shown {
  readonly video: HTMLVideoElement;
  readonly anchor: Pick<Freeze, "capture_ms" | "rtp_timestamp" | "rid">;
}

/** The frame on the screen now. */
function shownOf(frames: PictureFrames, publication: string, nowMs: number): Shown {
  const frame = frames.of(publication);
  if (frame === null) throw new AppError({ code: "still.noPicture", status: 0 });
  const { video, rid } = frame;
  return { video, anchor: { capture_ms: frame.captureMs ?? nowMs, rtp_timestamp: frame.rtpTimestamp, rid } };
}

export function useStills(room: LiveRoom, frames: PictureFrames, views: Views, session: SessionId): Stills {
  const kept = ref(0);
  const lastKept = ref<string | null>(null);
  const problem = shallowRef<AppError | null>(null);

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      problem.value = null;
      await act();
    } catch (thrown) {
      problem.value = toAppError(thrown);
    }
  }

  return {
    kept,
    lastKept,
    problem,
    take: (publication, open) =>
      attempt(async () => {
        const { video, anchor } = shownOf(frames, publication, room.now());
        const picture = await pictureOf(video);
        const id = newId();
        await room.connection.request("still.freeze", { id, publication, ...anchor, open });
        if (open) views.choose(stillKey(id));
        else {
          kept.value += 1;
          lastKept.value = id;
          setTimeout(() => {
            if (lastKept.value === id) lastKept.value = null;
          }, UNDO_FOR_MS);
        }
        await files.storeStill(session, as<StillId>(id), picture);
      }),
    undoKept: () =>
      attempt(async () => {
        if (lastKept.value === null) return;
        await room.connection.request("still.close", { id: lastKept.value, remove: true });
        kept.value -= 1;
        lastKept.value = null;
      }),
    putAway: (still) =>
      attempt(async () => {
        await room.connection.request("still.close", { id: still });
      }),
  };
}

/** Saves a picture on this device; nothing of it goes to the room. */
export function saveLocally(picture: Blob, name: string): void {
  const address = URL.createObjectURL(picture);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 1_000);
}
