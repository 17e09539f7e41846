/** What is shown of a stored file before it is opened, and the short-lived address that players read from. */
import { onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

import * as files from "@/api/previews";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import type { Shown } from "./kind";

const ASK_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** The preview's bytes; where a job still makes it, it is asked for again a few times. */
export function usePreview(file: Shown): ShallowRef<Blob | null> {
  const preview = shallowRef<Blob | null>(null);
  let timer = 0;
  let gone = false;

  async function ask(round: number): Promise<void> {
    try {
      const found = await files.preview(file.id);
      if (!gone) preview.value = found;
    } catch (failure) {
      const pause = ASK_AGAIN_MS[round];
      log.info("preview.unavailable", { code: toAppError(failure).code });
      if (!gone && file.preview === "waiting" && pause !== undefined) timer = window.setTimeout(() => void ask(round + 1), pause);
    }
  }

  if (file.preview === "ready" || file.preview === "waiting") void ask(0);
  onScopeDispose(() => {
    gone = true;
    window.clearTimeout(timer);
  });
  return preview;
}

export interface Levels {
  readonly peaks: readonly number[];
  readonly duration_ms: number;
}

/** At most so many bars, each the loudest of its part; 0 to 1. A sound without levels has low bars. */
export function barsOf(levels: Levels | null, count: number): readonly number[] {
  const peaks = levels?.peaks ?? [];
  if (peaks.length === 0) return Array.from({ length: count }, () => 0.1);
  const step = Math.max(1, peaks.length / count);
  return Array.from({ length: Math.min(count, peaks.length) }, (_, bar) => {
    const part = peaks.slice(Math.floor(bar * step), Math.max(Math.floor(bar * step) + 1, Math.floor((bar + 1) * step)));
    return Math.max(0.06, Math.max(...part) / 255);
  });
}

/** Gives a player its address, and a new one when the old has ended while it plays. */
export function useAddress(file: Shown, player: () => HTMLMediaElement | null): { readonly address: ShallowRef<string | null>; begin: () => Promise<void>; renew: () => Promise<void> } {
  const address = shallowRef<string | null>(null);
  let renewedAt = 0;

  async function begin(): Promise<void> {
    address.value ??= (await files.link(file.id)).url;
  }

  async function renew(): Promise<void> {
    const media = player();
    if (media === null || Date.now() - renewedAt < 5_000) return;
    renewedAt = Date.now();
    const at = media.currentTime;
    address.value = (await files.link(file.id)).url;
    media.addEventListener("loadedmetadata", () => {
      media.currentTime = at;
      void media.play();
    }, { once: true });
  }

  return { address, begin, renew };
}
