import { messageBundle } from "@/kernel/i18n";

export const qaMessages = messageBundle("qa", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
