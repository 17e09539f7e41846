import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { offerUndo, useUndoBar } from "./undo";

const { offer, takeBack, hold, release } = useUndoBar();
let done: string[] = [];

function remove(name: string): void {
  offerUndo(name, () => done.push(`commit ${name}`), () => done.push(`back ${name}`));
}

beforeEach(() => {
  done = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the act is done after ten seconds unless it is taken back", () => {
  remove("a");
  vi.advanceTimersByTime(9_999);
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(["commit a"]);

  remove("b");
  takeBack();
  vi.advanceTimersByTime(20_000);
  expect(done).toEqual(["commit a", "back b"]);
  expect(offer.value).toBeNull();
});

test("a second act does the first at once; leaving the page does the last", () => {
  remove("a");
  remove("b");
  expect(done).toEqual(["commit a"]);

  window.dispatchEvent(new Event("pagehide"));
  expect(done).toEqual(["commit a", "commit b"]);
});

test("the bar stays while it has the focus", () => {
  remove("a");
  hold();
  vi.advanceTimersByTime(60_000);
  expect(done).toEqual([]);

  release();
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(["commit a"]);
});
