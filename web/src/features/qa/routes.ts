import { discussionMessages } from "@/discussion/messages";
import type { FeatureRoutes } from "@/kernel/route";
import { reviewMessages } from "@/review/messages";
import { sharingMessages } from "@/sharing/messages";
import { tableMessages } from "@/tables/messages";

import { qaMessages } from "./messages";

const messages = [qaMessages, discussionMessages, reviewMessages, sharingMessages];

export const routes: FeatureRoutes = [
  { path: "/app/qa", component: () => import("./QuestionsScreen.vue"), meta: { title: "qa.title.list", permission: "qa.view", messages: [...messages, tableMessages] } },
  { path: "/app/qa/new", component: () => import("./AskScreen.vue"), meta: { title: "qa.title.ask", permission: "qa.ask", messages } },
  { path: "/app/qa/pair", component: () => import("./PairScreen.vue"), meta: { title: "qa.title.pair", permission: "qa.ask", messages } },
  { path: "/app/qa/kiosk", component: () => import("./KioskScreen.vue"), meta: { title: "qa.title.kiosk", access: "public", shell: "none", theme: "room", messages } },
  { path: "/app/qa/:question", component: () => import("./QuestionScreen.vue"), props: true, meta: { title: "qa.title.question", access: "guest", messages } },
  { path: "/q/:secret", component: () => import("./EntranceScreen.vue"), props: (route) => ({ secret: route.params["secret"], way: "question-links" }), meta: { title: "qa.title.link", access: "public", shell: "none", messages } },
  { path: "/g/:secret", component: () => import("./EntranceScreen.vue"), props: (route) => ({ secret: route.params["secret"], way: "discussion-invitations" }), meta: { title: "qa.title.link", access: "public", shell: "none", messages } },
];
