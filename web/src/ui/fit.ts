/** How much a row has to give up so that nothing of it is cut off: 0 nothing, then step by step. */
import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from "vue";

import { currentLocale } from "@/kernel/i18n";

function cutOff(row: HTMLElement | null): boolean {
  return row !== null && row.scrollWidth > row.clientWidth;
}

/** Widens again with each change of the window, the row's words or the language, and measures anew. */
export function useFit(row: Readonly<Ref<HTMLElement | null>>, most: number): Readonly<Ref<number>> {
  const level = ref(0);
  let measuring = false;

  async function measure(): Promise<void> {
    if (measuring || row.value === null) return;
    measuring = true;
    for (level.value = 0; ; level.value += 1) {
      await nextTick();
      if (!cutOff(row.value) || level.value >= most) break;
    }
    measuring = false;
  }

  const observer = new ResizeObserver(() => void measure());
  onMounted(() => {
    if (row.value === null) return;
    observer.observe(row.value);
    for (const child of row.value.children) observer.observe(child);
  });
  watch(currentLocale, measure, { flush: "post" });
  onBeforeUnmount(() => {
    observer.disconnect();
  });
  return level;
}
