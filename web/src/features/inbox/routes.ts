import type { FeatureRoutes } from "@/kernel/route";

import { inboxMessages } from "./messages";

const messages = [inboxMessages];

export const routes: FeatureRoutes = [
  { path: "/app/inbox", component: () => import("./InboxScreen.vue"), meta: { title: "inbox.title", messages } },
];
