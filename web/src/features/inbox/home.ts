import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { inboxMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "inbox", order: 10, column: "main", component: defineAsyncComponent(() => withWords([inboxMessages], () => import("./home/WaitingCard.vue"))) },
];
