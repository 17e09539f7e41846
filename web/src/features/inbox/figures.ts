/**
 * The figures of the badge, kept up by a question that waits (decision 0070). A hidden page and one whose person
 * has done nothing for a while do not ask: a page by itself must keep no login alive.
 */
import { ref, shallowRef } from "vue";
import type { Ref } from "vue";

import * as api from "@/api/inbox";
import type { InboxCounts } from "@/contract/platform";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

const ACTIVE_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

type Ask = (known: InboxCounts | null, signal: AbortSignal) => Promise<InboxCounts>;

/** What a page is to the one who asks: tests have their own. */
export interface PageLife {
  visible(): boolean;
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export class Figures {
  readonly counts = shallowRef<InboxCounts | null>(null);
  #active = 0;
  #asking: AbortController | null = null;

  constructor(private readonly ask: Ask, private readonly page: PageLife) {}

  /** The person did something, or the page is shown again: ask on, unless that is under way. */
  stir(): void {
    this.#active = this.page.now();
    if (this.#asking === null && this.page.visible()) void this.#run();
  }

  stop(): void {
    this.#asking?.abort();
    this.#asking = null;
  }

  forget(): void {
    this.stop();
    this.counts.value = null;
  }

  #wanted(asking: AbortController): boolean {
    return this.#asking === asking && this.page.visible() && this.page.now() - this.#active < ACTIVE_MS;
  }

  async #run(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    let pause = FIRST_PAUSE_MS;
    while (this.#wanted(asking)) {
      try {
        this.counts.value = await this.ask(this.counts.value, asking.signal);
        pause = FIRST_PAUSE_MS;
      } catch (refused) {
        if (asking.signal.aborted) return;
        log.info("inbox.badge_refused", { code: toAppError(refused).code });
        await this.page.wait(pause, asking.signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
    if (this.#asking === asking) this.#asking = null;
  }
}

const browser: PageLife = {
  visible: () => document.visibilityState === "visible",
  now: () => Date.now(),
  wait: (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  }),
};

const figures = new Figures(api.badge, browser);
const users = ref(0);

/** The figures, asked for as long as a component of a signed-in page uses them. */
export function useFigures(): { readonly counts: Ref<InboxCounts | null>; begin(): void; end(): void } {
  const stir = (): void => { figures.stir(); };
  const shown = (): void => { if (browser.visible()) figures.stir(); else figures.stop(); };
  return {
    counts: figures.counts,
    begin() {
      users.value += 1;
      for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, stir, { passive: true });
      document.addEventListener("visibilitychange", shown);
      figures.stir();
    },
    end() {
      users.value -= 1;
      for (const kind of ["pointerdown", "keydown"]) window.removeEventListener(kind, stir);
      document.removeEventListener("visibilitychange", shown);
      if (users.value === 0) figures.forget();
    },
  };
}
