import { createMemoryHistory, createRouter, type RouteLocationNormalized } from "vue-router";
import { expect, test } from "vitest";

import { routes } from "./routes";

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
