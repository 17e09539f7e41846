import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";

const messages = [
  messageBundle("inbox", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
];

export const routes: FeatureRoutes = [
  { path: "/app/inbox", component: () => import("./InboxScreen.vue"), meta: { title: "inbox.title", messages } },
];
