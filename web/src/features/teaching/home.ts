import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { teachingMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "live", order: 20, column: "main", anyOf: ["sessions.view"], component: defineAsyncComponent(() => withWords([teachingMessages], () => import("./home/LiveCard.vue"))) },
  { key: "next", order: 20, column: "side", anyOf: ["sessions.view"], component: defineAsyncComponent(() => withWords([teachingMessages], () => import("./home/NextCard.vue"))) },
  { key: "again", order: 40, column: "main", anyOf: ["recordings.view"], component: defineAsyncComponent(() => withWords([teachingMessages], () => import("./home/AgainCard.vue"))) },
];
