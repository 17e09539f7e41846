import { Activity, BellRing, Gauge, ListTodo, ListOrdered, ScrollText } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "audit", to: "/app/admin/audit", icon: ScrollText, order: 140, anyOf: ["audit.view"] },
  { key: "alarms", to: "/app/admin/alarms", icon: BellRing, order: 138, tab: 30, anyOf: ["alarms.view"] },
  { key: "jobs", to: "/app/admin/jobs", icon: ListTodo, order: 150, anyOf: ["jobs.view"] },
  { key: "operation", to: "/app/admin/operation", icon: Gauge, order: 170, anyOf: ["operation.view"] },
  { key: "reviewLevels", to: "/app/admin/review-levels", icon: ListOrdered, order: 134, anyOf: ["review.levels"] },
  { key: "rooms", to: "/app/admin/rooms", icon: Activity, order: 160, anyOf: ["rooms.inspect"] },
];
