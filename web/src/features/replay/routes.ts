import { discussionMessages } from "@/discussion/messages";
import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";

const messages = [
  messageBundle("replay", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
  discussionMessages,
];

export const routes: FeatureRoutes = [
  {
    path: "/app/replay/:recording",
    component: () => import("./ReplayScreen.vue"),
    props: (route) => ({ recording: route.params["recording"], start: route.query["t"], view: route.query["view"] }),
    meta: { access: "guest", shell: "none", theme: "room", title: "replay.title", messages },
  },
];
