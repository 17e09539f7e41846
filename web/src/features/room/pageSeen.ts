import { onScopeDispose, ref, type Ref } from "vue";

/** Whether the page is in front: not behind another tab, the phone not in a pocket. */
export function usePageSeen(): Readonly<Ref<boolean>> {
  const seen = ref(document.visibilityState === "visible");
  const look = (): void => {
    seen.value = document.visibilityState === "visible";
  };
  document.addEventListener("visibilitychange", look);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", look);
  });
  return seen;
}
