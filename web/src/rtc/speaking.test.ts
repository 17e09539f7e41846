import { describe, expect, it } from "vitest";

import { Speaking } from "./speaking";

function heard(): { speaking: Speaking; seen: string[][]; pass: (ms: number) => void } {
  const seen: string[][] = [];
  const due: { at: number; act: () => void }[] = [];
  let now = 0;
  const timers = {
    now: () => now,
    later: (act: () => void, ms: number) => due.push({ at: now + ms, act }),
  };
  const pass = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const next = due.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      due.splice(due.indexOf(next), 1);
      now = next.at;
      next.act();
    }
    now = end;
  };
  return { speaking: new Speaking((set) => seen.push([...set]), timers), seen, pass };
}

describe("who speaks", () => {
  it("stays between two words and ends by itself", () => {
    const { speaking, seen, pass } = heard();
    speaking.hear({ anna: -20, ben: -90 });
    pass(1_000);
    speaking.hear({ anna: -100, ben: -90 });
    speaking.hear({ anna: -30 });
    pass(1_400);
    expect(seen).toEqual([["anna"]]);
    pass(200);
    expect(seen).toEqual([["anna"], []]);
  });

  it("tells each of several by their own time", () => {
    const { speaking, seen, pass } = heard();
    speaking.hear({ anna: -20 });
    pass(700);
    speaking.hear({ ben: -20 });
    pass(3_000);
    expect(seen).toEqual([["anna"], ["anna", "ben"], ["ben"], []]);
  });
});
