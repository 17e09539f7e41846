import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";
import { tableMessages } from "@/tables/messages";

const messages = [
  tableMessages,
  messageBundle("exports", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
];

export const routes: FeatureRoutes = [
  { path: "/app/exports", component: () => import("./ExportsScreen.vue"), meta: { title: "exports.title", messages } },
];
