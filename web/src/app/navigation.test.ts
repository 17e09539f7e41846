import { expect, test } from "vitest";

import { placeOf, placesFor } from "./navigation";

test("a role sees only what it may use", () => {
  const keys = (permissions: string[]): string[] => placesFor((permission) => permissions.includes(permission)).map((place) => place.key);

  expect(keys([])).toEqual(["home", "live", "replay", "me"]);
  expect(keys(["users.manage"])).toContain("admin");
  expect(keys(["jobs.view"])).toEqual(["home", "live", "replay", "jobs", "me"]);
  expect(keys(["rooms.inspect"])).toContain("rooms");
  expect(keys(["audit.view"])).toContain("audit");
});

test.each([
  ["/app/teaching", {}, "home"], ["/app/teaching", { tab: "live" }, "live"], ["/app/teaching", { tab: "mine" }, "home"],
  ["/app/teaching/s1", { tab: "live" }, "home"], ["/app/admin/users", {}, "admin"], ["/app/me", {}, "me"],
  ["/app/admin/audit", {}, "audit"], ["/app/admin/jobs", {}, "jobs"], ["/app/admin/rooms", {}, "rooms"], ["/app/replay/r", {}, null],
])("%s %o belongs to %s", (path, query, place) => {
  expect(placeOf({ path, query })).toBe(place);
});
