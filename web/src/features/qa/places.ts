import { MessagesSquare, MonitorCheck } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "qa", to: "/app/qa", icon: MessagesSquare, order: 40, tab: 20, anyOf: ["qa.view"] },
  { key: "pair", to: "/app/qa/pair", icon: MonitorCheck, order: 900, anyOf: ["qa.ask"] },
];
