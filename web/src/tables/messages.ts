import { messageBundle } from "@/kernel/i18n";

export const tableMessages = messageBundle("tables", {
  "zh-CN": () => import("./messages/zh-CN.json"),
  en: () => import("./messages/en.json"),
});
