import { messageBundle } from "@/kernel/i18n";

export const discussionMessages = messageBundle("discussion", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
