import { messageBundle } from "@/kernel/i18n";

export const forwardingMessages = messageBundle("forwarding", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
