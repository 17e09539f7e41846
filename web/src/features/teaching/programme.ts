/** One list of the programme: its rows, its search, its next page. */
import { ref, shallowRef } from "vue";
import type { Ref, ShallowRef } from "vue";

import * as sessions from "@/api/sessions";
import type { BodyPart, ProcedureForm, ProgrammeTab, Session } from "@/contract/platform";
import { toAppError } from "@/kernel/errors";
import { sentenceFor } from "@/kernel/sentence";

export interface Programme {
  readonly rows: ShallowRef<readonly Session[]>;
  /** False until the first answer: the place is kept by a skeleton. */
  readonly loaded: Ref<boolean>;
  readonly more: Ref<boolean>;
  readonly refusal: Ref<string | null>;
  /** Loads a list from its beginning. */
  show(tab: ProgrammeTab, filter?: Filter): Promise<void>;
  showMore(): Promise<void>;
}

export interface Filter {
  readonly q?: string;
  readonly form?: ProcedureForm | null;
  readonly body_part?: BodyPart | null;
}

/** `limit`: rows a page. A newer question makes the answer to an older one void. */
export function useProgramme(limit: number): Programme {
  const rows = shallowRef<readonly Session[]>([]);
  const loaded = ref(false);
  const more = ref(false);
  const refusal = ref<string | null>(null);
  let asked: sessions.ProgrammeQuery = { state: "live" };
  let cursor: string | null = null;
  let newest: AbortController | null = null;

  async function load(next: boolean): Promise<void> {
    newest?.abort();
    const mine = new AbortController();
    newest = mine;
    refusal.value = null;
    try {
      const page = await sessions.list({ ...asked, limit, cursor: next ? cursor : null }, mine.signal);
      if (newest !== mine) return;
      rows.value = next ? [...rows.value, ...page.items] : page.items;
      cursor = page.next_cursor;
      more.value = cursor !== null;
    } catch (failure) {
      if (newest === mine) refusal.value = sentenceFor(toAppError(failure));
    }
    loaded.value = true;
  }

  return {
    rows, loaded, more, refusal,
    show(tab, filter = {}) {
      asked = { state: tab, ...filter };
      return load(false);
    },
    showMore: () => load(true),
  };
}
