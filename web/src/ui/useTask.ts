/** One act of a screen: running or not, and the refusal that it ended with. */
import { ref, shallowRef } from "vue";
import type { Ref, ShallowRef } from "vue";

import { toAppError } from "@/kernel/errors";
import type { AppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { sentenceFor } from "@/kernel/sentence";

export interface Task<Args extends unknown[]> {
  readonly running: Ref<boolean>;
  readonly error: ShallowRef<AppError | null>;
  /** The sentence for the error, or null. */
  readonly sentence: () => string | null;
  /** Runs unless it is running; resolves to whether it went well. */
  readonly run: (...args: Args) => Promise<boolean>;
}

export function useTask<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>): Task<Args> {
  const running = ref(false);
  const error = shallowRef<AppError | null>(null);

  async function run(...args: Args): Promise<boolean> {
    if (running.value) return false;
    running.value = true;
    error.value = null;
    try {
      await act(...args);
      return true;
    } catch (thrown) {
      error.value = toAppError(thrown);
      log.info("act.refused", { code: error.value.code, error_id: error.value.errorId });
      return false;
    } finally {
      running.value = false;
    }
  }

  return { running, error, run, sentence: () => (error.value === null ? null : sentenceFor(error.value)) };
}
