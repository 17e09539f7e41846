/** Where one can go, by what one may do: only what exists. */
import { Activity, CircleUserRound, History, House, ListTodo, RadioTower, ScrollText, Users } from "@lucide/vue";
import type { Component } from "vue";
import type { RouteLocationNormalizedLoaded } from "vue-router";

export interface Place {
  readonly key: "home" | "live" | "replay" | "me" | "admin" | "audit" | "jobs" | "rooms";
  readonly to: string;
  readonly icon: Component;
  readonly permission?: string;
  /** The phone has room for five; these are reached from Me there. */
  readonly deskOnly?: true;
}

const PLACES: readonly Place[] = [
  { key: "home", to: "/app/teaching", icon: House },
  { key: "live", to: "/app/teaching?tab=live", icon: RadioTower },
  { key: "replay", to: "/app/teaching?tab=replay", icon: History },
  { key: "admin", to: "/app/admin/users", icon: Users, permission: "users.manage" },
  { key: "audit", to: "/app/admin/audit", icon: ScrollText, permission: "audit.view", deskOnly: true },
  { key: "jobs", to: "/app/admin/jobs", icon: ListTodo, permission: "jobs.view", deskOnly: true },
  { key: "rooms", to: "/app/admin/rooms", icon: Activity, permission: "rooms.inspect", deskOnly: true },
  { key: "me", to: "/app/me", icon: CircleUserRound },
];

export function placesFor(may: (permission: string) => boolean): readonly Place[] {
  return PLACES.filter((place) => place.permission === undefined || may(place.permission));
}

/** Which place the route belongs to. */
export function placeOf(route: Pick<RouteLocationNormalizedLoaded, "path" | "query">): Place["key"] | null {
  if (route.path === "/app/admin/audit") return "audit";
  if (route.path === "/app/admin/jobs") return "jobs";
  if (route.path === "/app/admin/rooms") return "rooms";
  if (route.path.startsWith("/app/admin")) return "admin";
  if (route.path === "/app/me") return "me";
  if (!route.path.startsWith("/app/teaching")) return null;
  if (route.path !== "/app/teaching") return "home";
  const tab = route.query["tab"];
  return tab === "live" || tab === "replay" ? tab : "home";
}
