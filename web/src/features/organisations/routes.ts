import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";

const messages = [
  messageBundle("organisations", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
];

export const routes: FeatureRoutes = [
  {
    path: "/app/admin/organisations",
    component: () => import("./OrganisationsScreen.vue"),
    meta: { title: "organisations.title", permission: "organisations.manage", messages },
  },
];
