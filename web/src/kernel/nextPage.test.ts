import { createMemoryHistory, createRouter } from "vue-router";
import { expect, test, vi } from "vitest";

import { messageBundle } from "./i18n";
import { fetchPage } from "./nextPage";

function routerOf(load: () => Promise<never>, words: () => Promise<{ default: Record<string, string> }>) {
  const messages = [messageBundle("next", { "zh-CN": words, en: words })];
  return createRouter({
    history: createMemoryHistory(),
    routes: [{ path: "/next/:id", component: load, meta: { messages } }],
  });
}

test("code and words of the next page are fetched, and the page stays", async () => {
  const load = vi.fn(() => Promise.resolve({ default: { render: () => null } } as never));
  const words = vi.fn(() => Promise.resolve({ default: { title: "下一页" } }));
  const router = routerOf(load, words);

  await fetchPage(router, { path: "/next/7", query: { a: "b" } });

  expect(load).toHaveBeenCalledOnce();
  expect(words).toHaveBeenCalledOnce();
  expect(router.currentRoute.value.path).toBe("/");
});

test("what cannot be fetched now is asked for by the navigation", async () => {
  const router = routerOf(() => Promise.reject(new Error("away")), () => Promise.resolve({ default: {} }));

  await expect(fetchPage(router, "/next/7")).resolves.toBeUndefined();
});
