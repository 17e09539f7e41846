import { askingMessages } from "@/asking/messages";
import { discussionMessages } from "@/discussion/messages";
import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";
import { maskingMessages } from "@/masking/messages";
import { sharingMessages } from "@/sharing/messages";

const messages = [
  messageBundle("room", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
  discussionMessages,
  askingMessages,
  sharingMessages,
  maskingMessages,
];

export const routes: FeatureRoutes = [
  {
    path: "/app/rooms/:room",
    component: () => import("./RoomScreen.vue"),
    props: (route) => ({
      room: route.params["room"],
      session: typeof route.query["session"] === "string" ? route.query["session"] : null,
    }),
    meta: { access: "guest", shell: "none", theme: "room", title: "room.title", messages },
  },
];
