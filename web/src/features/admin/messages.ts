import { messageBundle } from "@/kernel/i18n";

export const adminMessages = messageBundle("admin", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
