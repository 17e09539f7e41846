import { messageBundle } from "@/kernel/i18n";

export const maskingMessages = messageBundle("masking", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
