import { messageBundle } from "@/kernel/i18n";

export const exportsMessages = messageBundle("exports", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
