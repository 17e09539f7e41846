/** What is looked for on the server as one types: the last question wins, whichever answer comes first. */
import { ref, shallowRef } from "vue";
import type { Ref, ShallowRef } from "vue";

import { toAppError } from "@/kernel/errors";
import { sentenceFor } from "@/kernel/sentence";

export type FindState = "tooShort" | "searching" | "failed" | "found";

export interface RemoteFind<T> {
  readonly state: Ref<FindState>;
  readonly choices: ShallowRef<readonly T[]>;
  /** The sentence for what went wrong, or null. */
  readonly failure: Ref<string | null>;
  readonly look: (words: string) => Promise<void>;
  readonly again: () => Promise<void>;
}

export function useRemoteFind<T>(find: (words: string) => Promise<readonly T[]>, least: () => number): RemoteFind<T> {
  const state = ref<FindState>("tooShort");
  const choices = shallowRef<readonly T[]>([]);
  const failure = ref<string | null>(null);
  let asked = "";
  let turn = 0;

  function settle(next: FindState, found: readonly T[] = [], sentence: string | null = null): void {
    state.value = next;
    choices.value = found;
    failure.value = sentence;
  }

  async function look(words: string): Promise<void> {
    asked = words.trim();
    turn += 1;
    const mine = turn;
    if (asked.length < least()) {
      settle("tooShort");
      return;
    }
    state.value = "searching";
    try {
      const found = await find(asked);
      if (mine === turn) settle("found", found);
    } catch (thrown) {
      if (mine === turn) settle("failed", [], sentenceFor(toAppError(thrown)));
    }
  }

  return { state, choices, failure, look, again: () => look(asked) };
}
