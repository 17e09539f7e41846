import { onScopeDispose, ref, type Ref } from "vue";

/** The page's clock, renewed this often while the screen is there. */
export function useTick(everyMs: number): Readonly<Ref<number>> {
  const now = ref(performance.now());
  const timer = setInterval(() => {
    now.value = performance.now();
  }, everyMs);
  onScopeDispose(() => {
    clearInterval(timer);
  });
  return now;
}
