/**
 * In which order an entered room is drawn. The seat and the offer leave first, since drawing takes as long as
 * their way to the server and back; the pictures' places come next; what lies around them waits for the first
 * picture, whose decoder it would keep from the processor.
 */
import { onScopeDispose, ref, type Ref } from "vue";

/** A room where no picture comes is whole after this. */
export const WHOLE_AFTER_MS = 400;

export interface DrawnInSteps {
  readonly stage: Readonly<Ref<boolean>>;
  readonly whole: Readonly<Ref<boolean>>;
  /** A picture is on the screen. */
  readonly pictureCame: () => void;
}

export function useDrawnInSteps(): DrawnInSteps {
  const stage = ref(false);
  const whole = ref(false);
  const finish = (): void => {
    whole.value = true;
  };
  const soon = setTimeout(() => {
    stage.value = true;
  });
  const atLast = setTimeout(finish, WHOLE_AFTER_MS);
  // After the frame that holds the picture was given to the screen.
  let behindPicture: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => {
    clearTimeout(soon);
    clearTimeout(atLast);
    clearTimeout(behindPicture);
  });
  return {
    stage,
    whole,
    pictureCame: () => {
      behindPicture ??= setTimeout(finish);
    },
  };
}
