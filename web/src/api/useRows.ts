/** A list that goes on by a cursor: the first rows, more, and nothing twice when the question changes meanwhile. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import type { Page } from "@/contract/platform";
import { toAppError, type AppError } from "@/kernel/errors";

export interface Rows<T> {
  readonly items: ShallowRef<readonly T[]>;
  readonly cursor: Ref<string | null>;
  readonly loaded: Ref<boolean>;
  readonly error: ShallowRef<AppError | null>;
  /** `more` goes on; else from the start. */
  load(more: boolean): Promise<void>;
}

export function useRows<T>(ask: (cursor: string | null) => Promise<Page<T>>): Rows<T> {
  const items = shallowRef<readonly T[]>([]);
  const cursor = ref<string | null>(null);
  const loaded = ref(false);
  const error = shallowRef<AppError | null>(null);
  let turn = 0;
  return {
    items,
    cursor,
    loaded,
    error,
    async load(more) {
      turn += 1;
      const mine = turn;
      error.value = null;
      try {
        const page = await ask(more ? cursor.value : null);
        if (mine !== turn) return;
        items.value = more ? [...items.value, ...page.items] : page.items;
        cursor.value = page.next_cursor;
        loaded.value = true;
      } catch (thrown) {
        if (mine === turn) error.value = toAppError(thrown);
      }
    },
  };
}
