import { afterEach, beforeEach, expect, test } from "vitest";

import { AppError } from "@/kernel/errors";

import { call, dropToken, holdToken, onSignedOut, renew } from "./access";

interface Seen {
  readonly body: unknown;
  readonly path: string;
  readonly token: string | null;
}

let seen: Seen[] = [];
let answer: (path: string, token: string | null) => Response | Promise<Response>;
const realFetch = globalThis.fetch;

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

beforeEach(() => {
  seen = [];
  globalThis.fetch = async (input, init) => {
    const path = new Request(input).url.replace(/^https?:\/\/[^/]+/, "").replace("/api/v1", "");
    const token = new Headers(init?.headers).get("Authorization");
    seen.push({ path, token, body: init?.body });
    return answer(path, token);
  };
});

afterEach(() => {
  globalThis.fetch = realFetch;
  dropToken();
});

const renewed = { access_token: "new", expires_in: 900, user: {}, guest: null };

test("many calls that meet an ended token share one renewal", async () => {
  holdToken("old", 900, "user");
  answer = (path, token) => {
    if (path === "/auth/refresh") return json(renewed);
    return token === "Bearer new" ? json({ path }) : json({ code: "token.expired", status: 401 }, 401);
  };

  const answers = await Promise.all(["/a", "/b", "/c"].map((path) => call<{ path: string }>(path)));

  expect(answers.map((found) => found.path)).toEqual(["/a", "/b", "/c"]);
  expect(seen.filter((request) => request.path === "/auth/refresh")).toHaveLength(1);
});

test("a token that is about to end is renewed before the call", async () => {
  holdToken("old", 10, "user");
  answer = (path) => (path === "/auth/refresh" ? json(renewed) : json({}));

  await call("/a");

  expect(seen.map((request) => request.path)).toEqual(["/auth/refresh", "/a"]);
  expect(seen[1]?.token).toBe("Bearer new");
});

test("a session that the server has ended signs out once and refuses", async () => {
  holdToken("old", 900, "user");
  answer = () => json({ code: "token.invalid", status: 401 }, 401);
  let told = 0;
  const stop = onSignedOut(() => { told += 1; });

  await expect(call("/a")).rejects.toMatchObject({ code: "token.invalid", status: 401 });
  stop();

  expect(told).toBe(1);
});

test("a renewal that the network refuses keeps the person signed in", async () => {
  holdToken("old", 900, "user");
  let told = 0;
  const stop = onSignedOut(() => { told += 1; });
  answer = (path) => {
    if (path === "/auth/refresh") throw new TypeError("network");
    return json({ code: "token.expired" }, 401);
  };

  await expect(call("/a")).rejects.toMatchObject({ code: "network" });
  stop();

  expect(told).toBe(0);
});

test("a refusal carries code, sentence, number, wait and fields", async () => {
  const problem = { code: "request.invalid", detail: "有几项填写得不对", error_id: "E1", fields: [{ path: "title", message: "太长" }] };
  answer = () => json(problem, 422, { "Retry-After": "60" });

  const refusal = await call("/a").catch((error: unknown) => error);

  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ code: "request.invalid", detail: "有几项填写得不对", errorId: "E1", retryAfterS: 60, fields: { title: "太长" } });
});

test("an answer that is no problem is named by its status", async () => {
  answer = () => new Response("<html>", { status: 502 });

  await expect(call("/a")).rejects.toMatchObject({ code: "http.502" });
});

test("a guest's tab asks for the guest's cookie, also after a reload, until a user signs in", async () => {
  answer = () => json({ ...renewed, user: null, guest: { id: "g", name: "张涛", kind: "commentator", session: "s1" } });
  holdToken("old", 900, "guest");
  await renew();
  holdToken("old", 900, "user");
  await renew();

  expect(seen.map((request) => request.body)).toEqual(['{"guest":true,"patient":false}', '{"guest":false,"patient":false}']);
});

test("a patient's tab renews the patient's session and nobody else's", async () => {
  answer = () => json({ ...renewed, user: null, patient: { id: "p" } });
  holdToken("old", 900, "patient");

  await renew();
  await renew();

  expect(seen.map((request) => request.body)).toEqual(Array(2).fill('{"guest":false,"patient":true}'));
});
