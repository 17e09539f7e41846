/** What somebody types is kept on the device 800 ms after the last key, and when the page is hidden. */
import { onScopeDispose, ref, watch } from "vue";
import type { Ref } from "vue";

import { forgetfulStorage } from "@/kernel/storage";

const PAUSE_MS = 800;
const storage = forgetfulStorage(() => window.localStorage);

export interface Draft {
  readonly keptAt: Ref<number | null>;
  /** True if an earlier draft was put back in. */
  readonly restored: boolean;
  forget(): void;
}

function readDraft(key: string): Record<string, unknown> | null {
  const stored = storage.read(key);
  if (stored === null) return null;
  try {
    return JSON.parse(stored) as Record<string, unknown>;
  } catch {
    storage.remove(key);
    return null;
  }
}

/** Binds a reactive form to a draft under this name; an existing draft is put into the form at once. */
export function useDraft(name: string, form: Record<string, unknown>): Draft {
  const key = `scopecast.draft.${name}`;
  const keptAt = ref<number | null>(null);
  const earlier = readDraft(key);
  if (earlier !== null) Object.assign(form, earlier);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let changed = false;

  function keep(): void {
    clearTimeout(timer);
    if (!changed) return;
    storage.write(key, JSON.stringify(form));
    keptAt.value = Date.now();
    changed = false;
  }

  watch(form, () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  });
  document.addEventListener("visibilitychange", keep);
  onScopeDispose(() => {
    keep();
    document.removeEventListener("visibilitychange", keep);
  });
  return {
    keptAt,
    restored: earlier !== null,
    forget() {
      clearTimeout(timer);
      changed = false;
      storage.remove(key);
    },
  };
}
