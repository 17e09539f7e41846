import { beforeEach, expect, test } from "vitest";

import { knowPlaces, placeAt, placesFor, tabsOf, type Place } from "./place";

function place(key: string, order: number, more: Partial<Place> = {}): Place {
  return { key, to: `/app/${key}`, icon: {}, order, ...more };
}

beforeEach(() => {
  knowPlaces([
    place("me", 1000),
    place("home", 0, { to: "/app", holds: ({ path }) => path === "/app" }),
    place("live", 20, { tab: 10 }),
    place("again", 30, { tab: 40, holds: ({ path, query }) => path === "/app/live" && query["tab"] === "again", to: "/app/live?tab=again" }),
    place("qa", 50, { tab: 30 }),
    place("users", 100, { tab: 20, anyOf: ["users.manage", "users.view"], to: "/app/admin/users" }),
    place("jobs", 110, { anyOf: ["jobs.view"], to: "/app/admin/jobs" }),
  ]);
});

function keys(permissions: readonly string[]): readonly string[] {
  return placesFor((permission) => permissions.includes(permission)).map(({ key }) => key);
}

test("one sees only what one may use, in the order of the rail", () => {
  expect(keys([])).toEqual(["home", "live", "again", "qa", "me"]);
  expect(keys(["users.view", "jobs.view"])).toEqual(["home", "live", "again", "qa", "users", "jobs", "me"]);
});

test("the phone has five tabs at most: home, the three most wanted, me", () => {
  const tabs = (permissions: readonly string[]): readonly string[] => tabsOf(placesFor((permission) => permissions.includes(permission))).map(({ key }) => key);

  expect(tabs(["users.manage", "jobs.view"])).toEqual(["home", "live", "qa", "users", "me"]);
  expect(tabs([])).toEqual(["home", "live", "again", "qa", "me"]);
});

test.each([
  ["/app", {}, "home"], ["/app/live", {}, "live"], ["/app/live", { tab: "again" }, "again"], ["/app/live/s1", {}, "live"],
  ["/app/admin/users/u1", {}, "users"], ["/app/admin/usersome", {}, null], ["/app/rooms/r", {}, null],
])("%s %o belongs to %s", (path, query, key) => {
  expect(placeAt({ path, query })).toBe(key);
});
