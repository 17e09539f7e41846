import { beforeEach, expect, test } from "vitest";

import { useHandling } from "./handling";

beforeEach(() => {
  localStorage.clear();
});

test("the hand is remembered on the device, the lock is not", () => {
  const first = useHandling();
  expect(first.leftHanded.value).toBe(false);
  first.setLeftHanded(true);
  first.locked.value = true;

  const next = useHandling();
  expect(next.leftHanded.value).toBe(true);
  expect(next.locked.value).toBe(false);
  next.setLeftHanded(false);
  expect(useHandling().leftHanded.value).toBe(false);
});
