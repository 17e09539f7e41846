import type { FeatureRoutes } from "@/kernel/route";
import { tableMessages } from "@/tables/messages";

import { exportsMessages } from "./messages";

const messages = [tableMessages, exportsMessages];

export const routes: FeatureRoutes = [
  { path: "/app/exports", component: () => import("./ExportsScreen.vue"), meta: { title: "exports.title", messages } },
];
