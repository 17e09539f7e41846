import { messageBundle } from "@/kernel/i18n";

export const teachingMessages = messageBundle("teaching", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
