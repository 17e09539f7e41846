/** What runs now, kept up by a question that waits (decision 0051); a hidden page does not ask. */
import { onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

import * as api from "@/api/operation";
import type { Job, LiveJobs } from "@/contract/platform";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

const PAUSE_MS = 3_000;

/** Jobs before their end among those that changed last. */
export function unfinished(items: readonly Job[]): readonly Job[] {
  return items.filter((job) => job.state === "running" || job.state === "queued");
}

/** A text that differs once a job is in another state, or came back to the same one: the list below is read again then. */
export function statesOf(items: readonly Job[]): string {
  return items.map((job) => `${job.id}${job.state}${job.attempts}${job.ended_at ?? ""}${String(job.cancelling)}`).join(" ");
}

export function useLiveJobs(moved: () => void): ShallowRef<readonly Job[]> {
  const running = shallowRef<readonly Job[]>([]);
  let asking: AbortController | null = null;
  let states: string | null = null;

  function take(live: LiveJobs): void {
    running.value = unfinished(live.items);
    const now = statesOf(live.items);
    if (states !== null && states !== now) moved();
    states = now;
  }

  async function ask(mine: AbortController): Promise<void> {
    let stamp: string | null = null;
    while (asking === mine) {
      try {
        const live = await api.liveJobs(stamp, mine.signal);
        stamp = live.stamp;
        take(live);
      } catch (refused) {
        if (asking !== mine) return;
        log.info("jobs.live_refused", { code: toAppError(refused).code });
        await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      }
    }
  }

  function shown(): void {
    asking?.abort();
    asking = null;
    if (document.visibilityState !== "visible") return;
    asking = new AbortController();
    void ask(asking);
  }

  document.addEventListener("visibilitychange", shown);
  shown();
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", shown);
    asking?.abort();
    asking = null;
  });
  return running;
}
