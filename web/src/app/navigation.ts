/** Where one can go, by what one may do: only what exists. */
import { House, RadioTower, History, CircleUserRound, Users } from "@lucide/vue";
import type { Component } from "vue";
import type { RouteLocationNormalizedLoaded } from "vue-router";

export interface Place {
  readonly key: "home" | "live" | "replay" | "me" | "admin";
  readonly to: string;
  readonly icon: Component;
  readonly permission?: string;
}

const PLACES: readonly Place[] = [
  { key: "home", to: "/app/teaching", icon: House },
  { key: "live", to: "/app/teaching?tab=live", icon: RadioTower },
  { key: "replay", to: "/app/teaching?tab=replay", icon: History },
  { key: "admin", to: "/app/admin/users", icon: Users, permission: "users.manage" },
  { key: "me", to: "/app/me", icon: CircleUserRound },
];

export function placesFor(may: (permission: string) => boolean): readonly Place[] {
  return PLACES.filter((place) => place.permission === undefined || may(place.permission));
}

/** Which place the route belongs to. */
export function placeOf(route: Pick<RouteLocationNormalizedLoaded, "path" | "query">): Place["key"] | null {
  if (route.path.startsWith("/app/admin")) return "admin";
  if (route.path === "/app/me") return "me";
  if (!route.path.startsWith("/app/teaching")) return null;
  if (route.path !== "/app/teaching") return "home";
  const tab = route.query["tab"];
  return tab === "live" || tab === "replay" ? tab : "home";
}
