import { messageBundle } from "@/kernel/i18n";

export const identityMessages = messageBundle("identity", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
