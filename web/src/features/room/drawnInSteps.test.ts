import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";

import { useDrawnInSteps, WHOLE_AFTER_MS, type DrawnInSteps } from "./drawnInSteps";

function entered(): { steps: DrawnInSteps; leave: () => void } {
  const scope = effectScope();
  const steps = scope.run(useDrawnInSteps);
  if (steps === undefined) throw new Error("the scope is over");
  return { steps, leave: () => { scope.stop(); } };
}

describe("the order in which a room is drawn", () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  it("draws nothing before what is to leave for the server has left", () => {
    const { steps } = entered();

    expect(steps.stage.value).toBe(false);
    vi.advanceTimersByTime(1);
    expect([steps.stage.value, steps.whole.value]).toEqual([true, false]);
  });

  it("draws the rest behind the first picture", () => {
    const { steps } = entered();
    vi.advanceTimersByTime(100);

    steps.pictureCame();

    expect(steps.whole.value).toBe(false);
    vi.advanceTimersByTime(1);
    expect(steps.whole.value).toBe(true);
  });

  it("is whole after a while where no picture comes", () => {
    const { steps } = entered();

    vi.advanceTimersByTime(WHOLE_AFTER_MS - 1);
    expect(steps.whole.value).toBe(false);
    vi.advanceTimersByTime(1);
    expect(steps.whole.value).toBe(true);
  });

  it("draws nothing more for one who has left", () => {
    const { steps, leave } = entered();

    leave();
    vi.advanceTimersByTime(WHOLE_AFTER_MS);

    expect(steps.whole.value).toBe(false);
  });
});
