import { messageBundle } from "@/kernel/i18n";

export const sharingMessages = messageBundle("sharing", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
