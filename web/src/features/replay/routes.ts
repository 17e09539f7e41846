import { askingMessages } from "@/asking/messages";
import { discussionMessages } from "@/discussion/messages";
import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";
import { sharingMessages } from "@/sharing/messages";

const messages = [
  messageBundle("replay", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
  discussionMessages,
  askingMessages,
  sharingMessages,
];

export const routes: FeatureRoutes = [
  {
    path: "/app/replay/:recording",
    component: () => import("./ReplayScreen.vue"),
    props: (route) => ({ recording: route.params["recording"], start: route.query["t"], view: route.query["view"] }),
    meta: { access: "guest", shell: "none", theme: "room", title: "replay.title", messages },
  },
];
