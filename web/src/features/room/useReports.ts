/** Tells the operator every ten seconds how the pictures fare at this page. */
import { onScopeDispose } from "vue";

import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { PictureReport, REPORT_EVERY_MS, type PictureNow } from "@/rtc/pictureReport";

import type { LiveRoom } from "./liveRoom";
import type { PictureFrames } from "./pictureFrames";
import { readFigures } from "./useLineFigures";

/** A picture that came later than this began later: nobody waited for it since the offer. */
const FIRST_WITHIN_MS = 30_000;

export function useReports(room: LiveRoom, frames: PictureFrames): void {
  const report = new PictureReport();

  async function tell(): Promise<void> {
    const media = room.media.value;
    const peer = media?.peerInUse ?? null;
    if (media === null || peer === null || !room.mediaUp.value || document.visibilityState !== "visible") return;
    const figures = await readFigures(room);
    const now = [...room.carried.value.values()].flatMap(({ publication, mid }): PictureNow[] => {
      const counters = figures?.pictures.get(mid);
      if (counters === undefined) return [];
      const first = frames.firstAtMs(publication, peer.offeredAtMs);
      const waited = first === null ? null : first - peer.offeredAtMs;
      const firstFrameMs = waited !== null && waited <= FIRST_WITHIN_MS ? waited : null;
      return [{ publication, counters, firstFrameMs, delayMs: frames.latency(publication)?.ms ?? null }];
    });
    if (now.length > 0) room.connection.tell("media.report", { peer: peer.id, seen: report.rows(peer.id, now) });
  }

  const timer = setInterval(() => {
    tell().catch((thrown: unknown) => {
      log.debug("report.untold", { code: toAppError(thrown).code });
    });
  }, REPORT_EVERY_MS);
  onScopeDispose(() => {
    clearInterval(timer);
  });
}
