import { messageBundle } from "@/kernel/i18n";

export const uploadMessages = messageBundle("uploads", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
