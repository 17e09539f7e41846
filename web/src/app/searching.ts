/** The one search of the shell: opened by Ctrl K anywhere, by the desk's top bar, by the phone's home page. */
import { onScopeDispose, ref } from "vue";
import type { Ref } from "vue";

const open = ref(false);

/** Whether the search stands open. */
export function useSearching(): Ref<boolean> {
  return open;
}

/** Ctrl K opens it while the shell is there, for those who are signed in. */
export function useSearchKey(may: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !may()) return;
    event.preventDefault();
    open.value = true;
  }

  window.addEventListener("keydown", onKey);
  onScopeDispose(() => {
    window.removeEventListener("keydown", onKey);
    open.value = false;
  });
}
