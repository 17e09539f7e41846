/** A search that waits until one has stopped typing. */
import { ref, watch } from "vue";
import type { Ref } from "vue";

import * as organisations from "@/api/organisations";
import type { OrganisationFind } from "@/contract/platform";
import { useTask } from "@/ui/useTask";
import type { Task } from "@/ui/useTask";

const PAUSE_MS = 250;

export interface Finds {
  readonly words: Ref<string>;
  /** Null while nothing is looked for. */
  readonly finds: Ref<readonly OrganisationFind[] | null>;
  readonly task: Task<[]>;
}

export function useFinds(): Finds {
  const words = ref("");
  const finds = ref<readonly OrganisationFind[] | null>(null);
  let pause: ReturnType<typeof setTimeout> | undefined;
  const task = useTask(async () => {
    for (;;) {
      const asked = words.value.trim();
      const found = asked === "" ? null : await organisations.search(asked);
      if (asked !== words.value.trim()) continue;
      finds.value = found;
      return;
    }
  });
  watch(words, () => {
    clearTimeout(pause);
    pause = setTimeout(() => void task.run(), PAUSE_MS);
  });
  return { words, finds, task };
}
