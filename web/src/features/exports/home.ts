import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { exportsMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "exportsToApprove", order: 12, column: "main", anyOf: ["exports.approve"], component: defineAsyncComponent(() => withWords([exportsMessages], () => import("./home/ToApproveCard.vue"))) },
];
