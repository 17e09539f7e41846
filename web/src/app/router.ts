/** Navigation: words first, then theme and title. Who may enter is asked of the guard. */
import { createRouter, createWebHistory } from "vue-router";
import type { RouteLocationNormalized, Router, RouterHistory } from "vue-router";
import { watch } from "vue";

import { currentLocale, needMessages, translate } from "@/kernel/i18n";
import { enterTheme } from "@/ui/theme";

import { guard } from "./guard";
import { routes } from "./routes";

function showTitle(route: RouteLocationNormalized): void {
  const key = route.meta.title;
  document.title = key === undefined ? "Scopecast" : translate("app.title", { page: translate(key) });
}

export function makeRouter(history: RouterHistory = createWebHistory()): Router {
  const router = createRouter({ history, routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } });
  router.beforeEach(guard);
  router.beforeResolve(async (to) => {
    await needMessages(to.matched.flatMap((record) => record.meta.messages ?? []));
  });
  router.afterEach((to) => {
    enterTheme(to.meta.theme ?? "own");
    showTitle(to);
  });
  watch(currentLocale, () => { showTitle(router.currentRoute.value); });
  return router;
}
