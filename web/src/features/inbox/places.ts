import { Inbox } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "inbox", to: "/app/inbox", icon: Inbox, order: 10, tab: 30 },
];
