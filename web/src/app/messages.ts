import { messageBundle } from "@/kernel/i18n";

export const shellMessages = messageBundle("shell", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
