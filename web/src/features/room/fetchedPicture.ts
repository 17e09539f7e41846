/** A picture that needs the token: fetched, and tried again until it is there or no longer wanted. */
import { onScopeDispose, ref, watch, type Ref } from "vue";

import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { backoffMs } from "@/rtc/backoff";

export interface FetchedPicture {
  /** An object URL; null until the bytes are there. */
  readonly address: Ref<string | null>;
  /** The last try failed; another one follows by itself. */
  readonly failed: Ref<boolean>;
  /** Tries at once. */
  readonly again: () => void;
}

export function useFetchedPicture(url: () => string | null, load: (url: string) => Promise<Blob>): FetchedPicture {
  const address = ref<string | null>(null);
  const failed = ref(false);
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let gone = false;

  function rest(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function release(): void {
    if (address.value !== null) URL.revokeObjectURL(address.value);
    address.value = null;
  }

  async function fetchIt(): Promise<void> {
    rest();
    const wanted = url();
    if (wanted === null || gone) return;
    const current = (): boolean => !gone && url() === wanted;
    try {
      const bytes = await load(wanted);
      if (!current()) return;
      release();
      address.value = URL.createObjectURL(bytes);
      failed.value = false;
    } catch (thrown) {
      if (!current()) return;
      log.info("still.unavailable", { code: toAppError(thrown).code });
      failed.value = address.value === null;
      timer ??= setTimeout(() => void fetchIt(), backoffMs(attempt, Math.random()));
      attempt += 1;
    }
  }

  function again(): void {
    attempt = 0;
    void fetchIt();
  }

  watch(url, again, { immediate: true });
  onScopeDispose(() => {
    gone = true;
    rest();
    release();
  });
  return { address, failed, again };
}
