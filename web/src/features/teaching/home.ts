import { defineAsyncComponent } from "vue";

import type { HomeCard } from "@/kernel/place";

import { teachingMessages } from "./messages";

const shared = { messages: [teachingMessages] } as const;

export const cards: readonly HomeCard[] = [
  { ...shared, key: "live", order: 20, column: "main", component: defineAsyncComponent(() => import("./home/LiveCard.vue")) },
  { ...shared, key: "next", order: 20, column: "side", component: defineAsyncComponent(() => import("./home/NextCard.vue")) },
  { ...shared, key: "again", order: 40, column: "main", component: defineAsyncComponent(() => import("./home/AgainCard.vue")) },
];
