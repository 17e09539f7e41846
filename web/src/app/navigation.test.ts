import { expect, test } from "vitest";

import { placeAt, placesFor } from "@/kernel/place";

import en from "./messages/en.json";
import zhCN from "./messages/zh-CN.json";
import { cardsFor, startNavigation } from "./navigation";

startNavigation();

test("every place has its word in both languages, and its own order", () => {
  const all = placesFor(() => true);
  const words = (messages: { readonly place: Readonly<Record<string, string>> }): readonly boolean[] => all.map(({ key }) => key in messages.place);

  expect(words(zhCN)).not.toContain(false);
  expect(words(en)).not.toContain(false);
  expect(new Set(all.map(({ order }) => order)).size).toBe(all.length);
});

test("every place leads to itself", () => {
  for (const place of placesFor(() => true)) {
    const url = new URL(place.to, "http://localhost");
    expect(placeAt({ path: url.pathname, query: Object.fromEntries(url.searchParams) })).toBe(place.key);
  }
});

test("a stranger to administration is offered none of it", () => {
  const plain = placesFor(() => false).map(({ key }) => key);

  expect(plain).toEqual(expect.arrayContaining(["home", "live", "replay", "me"]));
  expect(plain).not.toContain("admin");
  expect(cardsFor(() => false).every((card) => card.anyOf === undefined)).toBe(true);
});

/** The first blocks of those who hold these permissions, on the phone. */
function firstOf(...permissions: readonly string[]): readonly string[] {
  return cardsFor((permission) => permissions.includes(permission)).map(({ key }) => key);
}

test("each role's home answers its own first question", () => {
  expect(firstOf("sessions.view", "users.manage", "jobs.view", "exports.approve")).toEqual(["registrations", "inbox", "exportsToApprove", "failedJobs", "live", "next"]);
  expect(firstOf("operation.view", "jobs.view")).toEqual(["operation", "inbox", "failedJobs"]);
  expect(firstOf("audit.view", "alarms.view")).toEqual(["alarms", "inbox"]);
  expect(firstOf("sessions.view", "recordings.view", "qa.view", "qa.ask")).toEqual(["ask", "inbox", "live", "next", "questions", "again"]);
});
