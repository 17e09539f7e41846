/** The viewer's own layout, remembered on the device; following the presenter is a switch of theirs. */
import { computed, ref, type ComputedRef, type Ref } from "vue";

import { forgetfulStorage } from "@/kernel/storage";

import { fitShare, SCOPE_SHARE, type Corner, type ViewName } from "./layout";

const KEY = "scopecast.room.view";
const CORNERS: readonly Corner[] = ["bottomRight", "bottomLeft", "topLeft", "topRight"];
const storage = forgetfulStorage(() => window.localStorage);

interface Kept {
  readonly view: ViewName;
  readonly follow: boolean;
  readonly share: number;
  readonly corner: Corner;
}

const PLAIN: Kept = { view: "scope", follow: false, share: SCOPE_SHARE, corner: "bottomRight" };

function kept(): Kept {
  const text = storage.read(KEY);
  return text === null ? PLAIN : { ...PLAIN, ...(JSON.parse(text) as Partial<Kept>) };
}

export interface Views {
  readonly view: ComputedRef<ViewName>;
  readonly following: Ref<boolean>;
  readonly swapped: Ref<boolean>;
  /** A still or camera that the viewer put beside the scope. */
  readonly chosen: Ref<string | null>;
  /** Side by side: the first picture's part of the width, 0.3 to 0.7. */
  readonly share: Ref<number>;
  readonly corner: Ref<Corner>;
  show(view: ViewName): void;
  swap(): void;
  choose(key: string | null): void;
  follow(on: boolean): void;
  nextCorner(): void;
  divide(share: number): void;
}

/** `presented` is what the demonstrator shows; one's own choice ends the following. */
export function useViews(presented: () => ViewName, first: "scope" | "side" | "follow"): Views {
  const stored = kept();
  const own = ref<ViewName>(first === "side" ? "side" : stored.view);
  const following = ref(first === "follow" || stored.follow);
  const swapped = ref(false);
  const chosen = ref<string | null>(null);
  const share = ref(fitShare(stored.share));
  const corner = ref(stored.corner);
  const keep = (): void => {
    const now: Kept = { view: own.value, follow: following.value, share: share.value, corner: corner.value };
    storage.write(KEY, JSON.stringify(now));
  };
  return {
    view: computed(() => (following.value ? presented() : own.value)),
    following,
    swapped,
    chosen,
    share,
    corner,
    show(view) {
      own.value = view;
      following.value = false;
      swapped.value = false;
      chosen.value = null;
      keep();
    },
    swap() {
      swapped.value = !swapped.value;
    },
    choose(key) {
      chosen.value = chosen.value === key ? null : key;
    },
    follow(on) {
      if (!on) own.value = presented();
      following.value = on;
      chosen.value = null;
      keep();
    },
    nextCorner() {
      corner.value = CORNERS[(CORNERS.indexOf(corner.value) + 1) % CORNERS.length] ?? "bottomRight";
      keep();
    },
    divide(next) {
      share.value = fitShare(next);
      keep();
    },
  };
}
