import { nextTick } from "vue";
import { expect, test } from "vitest";

import { startLargeText, useLargeText } from "./largeText";

test("the choice is on the document at once and kept on the device", async () => {
  startLargeText();
  expect(document.documentElement.dataset["text"]).toBe("plain");

  useLargeText().set(true);
  await nextTick();

  expect(document.documentElement.dataset["text"]).toBe("large");
  expect(localStorage.getItem("scopecast.text")).toBe("large");
});
