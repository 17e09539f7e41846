import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { effectScope, nextTick, reactive } from "vue";

import { useDraft } from "./draft";

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(form: Record<string, unknown>): { draft: ReturnType<typeof useDraft>; leave: () => void } {
  const scope = effectScope();
  const draft = scope.run(() => useDraft("probe", form));
  if (draft === undefined) throw new Error("no scope");
  return { draft, leave: () => { scope.stop(); } };
}

test("what was typed is back after a reload, until it is sent", async () => {
  const first = reactive({ title: "" });
  const before = open(first);
  first.title = "胃角";
  await nextTick();
  expect(before.draft.keptAt.value).toBeNull();
  vi.advanceTimersByTime(800);
  expect(before.draft.keptAt.value).not.toBeNull();
  before.leave();

  const second = reactive({ title: "" });
  const after = open(second);
  expect(after.draft.restored).toBe(true);
  expect(second.title).toBe("胃角");

  after.draft.forget();
  after.leave();
  expect(open(reactive({ title: "" })).draft.restored).toBe(false);
});

test("leaving within the pause keeps it too", async () => {
  const form = reactive({ title: "" });
  const page = open(form);
  form.title = "EMR";
  await nextTick();
  page.leave();

  const again = reactive({ title: "" });
  open(again);
  expect(again.title).toBe("EMR");
});

test("a draft that cannot be read is dropped", () => {
  localStorage.setItem("scopecast.draft.probe", "{");

  expect(open(reactive({ title: "x" })).draft.restored).toBe(false);
});
