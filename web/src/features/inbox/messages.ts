import { messageBundle } from "@/kernel/i18n";

export const inboxMessages = messageBundle("inbox", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
