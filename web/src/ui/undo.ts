/** Undo instead of "are you sure?": the act is done after ten seconds, or at once when the page goes. */
import { ref, shallowRef } from "vue";

const WAIT_MS = 10_000;

interface Offer {
  readonly text: string;
  readonly commit: () => void;
  readonly takeBack: () => void;
}

const offer = shallowRef<Offer | null>(null);
const held = ref(false);
let timer: ReturnType<typeof setTimeout> | undefined;

function settle(finish: (given: Offer) => void): void {
  const given = offer.value;
  if (given === null) return;
  clearTimeout(timer);
  offer.value = null;
  held.value = false;
  finish(given);
}

function commitNow(): void {
  settle((given) => { given.commit(); });
}

function arm(): void {
  clearTimeout(timer);
  timer = setTimeout(commitNow, WAIT_MS);
}

/** Shows the bar. `commit` runs after the wait; `takeBack` puts the screen back as it was. */
export function offerUndo(text: string, commit: () => void, takeBack: () => void): void {
  commitNow();
  offer.value = { text, commit, takeBack };
  arm();
}

window.addEventListener("pagehide", commitNow);

/** For the bar itself: it stays while it has the focus. */
export function useUndoBar(): { offer: typeof offer; takeBack: () => void; hold: () => void; release: () => void } {
  return {
    offer,
    takeBack: () => { settle((given) => { given.takeBack(); }); },
    hold: () => {
      held.value = true;
      clearTimeout(timer);
    },
    release: () => {
      if (held.value && offer.value !== null) arm();
      held.value = false;
    },
  };
}
