import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";
import { tableMessages } from "@/tables/messages";

const messages = [
  messageBundle("emergency", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
];

export const routes: FeatureRoutes = [
  {
    path: "/app/emergency",
    component: () => import("./EmergencyScreen.vue"),
    meta: { title: "emergency.title.ask", permission: "break_glass.ask", messages },
  },
  {
    path: "/app/admin/break-glass",
    component: () => import("./ReviewsScreen.vue"),
    meta: { title: "emergency.title.review", permission: "break_glass.review", messages: [...messages, tableMessages] },
  },
];
