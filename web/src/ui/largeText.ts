/** Large type for this device: all sizes by 1.25 (UX 2). */
import { ref, watchEffect } from "vue";

import { forgetfulStorage } from "@/kernel/storage";

const KEY = "scopecast.text";
const storage = forgetfulStorage(() => window.localStorage);
const large = ref(storage.read(KEY) === "large");

export function useLargeText(): { readonly on: () => boolean; set(on: boolean): void } {
  return {
    on: () => large.value,
    set(on) {
      large.value = on;
      storage.write(KEY, on ? "large" : "plain");
    },
  };
}

/** Keeps the document's attribute, which the tokens hang on, equal to the choice. */
export function startLargeText(): void {
  watchEffect(() => {
    document.documentElement.dataset["text"] = large.value ? "large" : "plain";
  });
}
