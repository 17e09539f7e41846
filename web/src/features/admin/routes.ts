import type { FeatureRoutes } from "@/kernel/route";
import { reviewMessages } from "@/review/messages";
import { tableMessages } from "@/tables/messages";

import { adminMessages } from "./messages";

const messages = [adminMessages];

export const routes: FeatureRoutes = [
  {
    path: "/app/admin/audit",
    component: () => import("./AuditScreen.vue"),
    meta: { title: "admin.title.audit", permission: "audit.view", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/alarms",
    component: () => import("./AlarmsScreen.vue"),
    meta: { title: "admin.title.alarms", permission: "alarms.view", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/jobs",
    component: () => import("./JobsScreen.vue"),
    meta: { title: "admin.title.jobs", permission: "jobs.view", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/operation",
    component: () => import("./OperationScreen.vue"),
    meta: { title: "admin.title.operation", permission: "operation.view", messages },
  },
  {
    path: "/app/admin/storage",
    component: () => import("./StorageScreen.vue"),
    meta: { title: "admin.title.storage", permission: "operation.view", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/review-levels",
    component: () => import("./ReviewLevelsScreen.vue"),
    meta: { title: "admin.title.reviewLevels", permission: "review.levels", messages: [...messages, reviewMessages] },
  },
  {
    path: "/app/admin/rooms",
    component: () => import("./RoomsScreen.vue"),
    meta: { title: "admin.title.rooms", permission: "rooms.inspect", messages },
  },
];
