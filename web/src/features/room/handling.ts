/** How the phone is held: which hand works the rail, kept on the device, and the lock against wet gloves. */
import { readonly, ref, type Ref } from "vue";

import { forgetfulStorage } from "@/kernel/storage";

const KEY = "scopecast.room.hand";
const storage = forgetfulStorage(() => window.localStorage);

export interface Handling {
  readonly leftHanded: Readonly<Ref<boolean>>;
  /** While locked nothing but the unlock button hears a touch. Not kept: a fresh page is open. */
  readonly locked: Ref<boolean>;
  setLeftHanded(on: boolean): void;
}

export function useHandling(): Handling {
  const leftHanded = ref(storage.read(KEY) === "left");
  return {
    leftHanded: readonly(leftHanded),
    locked: ref(false),
    setLeftHanded(on) {
      leftHanded.value = on;
      storage.write(KEY, on ? "left" : "right");
    },
  };
}
