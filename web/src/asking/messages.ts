import { messageBundle } from "@/kernel/i18n";

export const askingMessages = messageBundle("asking", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
