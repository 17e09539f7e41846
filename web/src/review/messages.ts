import { messageBundle } from "@/kernel/i18n";

export const reviewMessages = messageBundle("review", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
