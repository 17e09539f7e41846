/** Desk or phone, upright or across: by the window, not by the device's name. */
import { computed, readonly, ref } from "vue";
import type { ComputedRef, Ref } from "vue";

export type FormFactor = "desk" | "phone";

const PHONE = "(max-width: 767px), (max-height: 480px) and (pointer: coarse)";
const ACROSS = "(orientation: landscape)";

const phone = ref(false);
const across = ref(false);

function follow(query: string, target: Ref<boolean>): void {
  const media = window.matchMedia(query);
  target.value = media.matches;
  media.addEventListener("change", (event) => {
    target.value = event.matches;
  });
}

/** Called once at start; sets `data-form` on the document, which the tokens hang on. */
export function startFormFactor(): void {
  follow(PHONE, phone);
  follow(ACROSS, across);
  const apply = (): void => {
    document.documentElement.dataset["form"] = phone.value ? "phone" : "desk";
  };
  apply();
  window.matchMedia(PHONE).addEventListener("change", apply);
}

export function useFormFactor(): { readonly form: ComputedRef<FormFactor>; readonly across: Readonly<Ref<boolean>> } {
  return { form: computed(() => (phone.value ? "phone" : "desk")), across: readonly(across) };
}
