import { messageBundle } from "@/kernel/i18n";
import type { FeatureRoutes } from "@/kernel/route";
import { maskingMessages } from "@/masking/messages";

const messages = [
  messageBundle("preflight", { "zh-CN": () => import("./messages/zh-CN.json"), en: () => import("./messages/en.json") }),
  maskingMessages,
];

export const routes: FeatureRoutes = [
  {
    path: "/app/rooms/:room/check",
    component: () => import("./CheckScreen.vue"),
    props: (route) => ({
      room: route.params["room"],
      session: typeof route.query["session"] === "string" ? route.query["session"] : "",
    }),
    meta: { access: "guest", shell: "none", theme: "room", title: "preflight.title", messages },
  },
];
