import { createMemoryHistory, createRouter, type RouteLocationNormalized } from "vue-router";
import { expect, test } from "vitest";

import { placeAfterWaiting, routes } from "./routes";

test.each([
  [{ name: "lost", params: { pathMatch: ["refused"] } }, true],
  ["/nowhere/at/all", false],
])("%o is refused: %s", (place, refused) => {
  const router = createRouter({ history: createMemoryHistory(), routes });
  const to = router.resolve(place) as RouteLocationNormalized;
  const props = to.matched[0]?.props["default"];

  expect(to.name).toBe("lost");
  expect(typeof props === "function" ? props(to) : props).toEqual({ refused });
});

test.each([
  ["/app/teaching?tab=live", "/app/teaching?tab=live"], ["//evil.example", "/app"], ["https://evil.example", "/app"],
  ["/\\evil.example", "/app"], [undefined, "/app"], ["/unreached?next=/unreached", "/app"],
])("after waiting, %s leads to %s", (next, place) => {
  expect(placeAfterWaiting(next)).toBe(place);
});
