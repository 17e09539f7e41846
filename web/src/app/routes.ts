/** The routes of all features, gathered from each feature's `routes.ts` (components load lazily). */
import type { RouteRecordRaw } from "vue-router";

import type { FeatureRoutes } from "@/kernel/route";

const features = import.meta.glob<FeatureRoutes>("../features/*/routes.ts", { eager: true, import: "routes" });

/** Where one was going when the server could not be reached; only a path of ours. */
export function placeAfterWaiting(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])/u.test(next) && !next.startsWith("/unreached") ? next : "/app";
}

/** Where the guard leads one who may not enter. */
export const REFUSED = "refused";

export const routes: RouteRecordRaw[] = [
  { path: "/", redirect: "/app" },
  { path: "/app", component: () => import("./HomeScreen.vue"), meta: { title: "shell.place.home" } },
  ...Object.values(features).flat(),
  {
    path: "/unreached",
    component: () => import("./UnreachedScreen.vue"),
    props: (route) => ({ next: placeAfterWaiting(route.query["next"]) }),
    meta: { access: "public", shell: "none" },
  },
  {
    path: "/:pathMatch(.*)*",
    name: "lost",
    component: () => import("./LostScreen.vue"),
    props: (route) => ({ refused: String(route.params["pathMatch"]) === REFUSED }),
    meta: { access: "public", shell: "none" },
  },
];
