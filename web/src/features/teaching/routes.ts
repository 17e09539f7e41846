import type { FeatureRoutes } from "@/kernel/route";
import { discussionMessages } from "@/discussion/messages";
import { sharingMessages } from "@/sharing/messages";

import { teachingMessages as teaching } from "./messages";

export const routes: FeatureRoutes = [
  {
    path: "/s/:token",
    component: () => import("./SharedScreen.vue"),
    props: true,
    meta: { access: "public", shell: "none", title: "teaching.title.shared", messages: [teaching] },
  },
  {
    path: "/app/teaching",
    component: () => import("./ProgrammeScreen.vue"),
    meta: { title: "teaching.title.programme", messages: [teaching] },
  },
  {
    path: "/app/teaching/new",
    component: () => import("./PlannerScreen.vue"),
    meta: { title: "teaching.title.plan", messages: [teaching], permission: "sessions.plan" },
  },
  {
    path: "/app/teaching/:session/edit",
    component: () => import("./PlannerScreen.vue"),
    props: true,
    meta: { title: "teaching.title.edit", messages: [teaching], permission: "sessions.plan" },
  },
  {
    path: "/app/teaching/:session",
    component: () => import("./SessionScreen.vue"),
    props: (route) => ({ sessionId: route.params["session"] }),
    meta: { title: "teaching.title.session", access: "guest", messages: [teaching, discussionMessages, sharingMessages] },
  },
];
