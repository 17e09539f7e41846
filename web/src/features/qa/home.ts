import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { qaMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "ask", order: 8, column: "main", anyOf: ["qa.ask"], component: defineAsyncComponent(() => withWords([qaMessages], () => import("./home/AskCard.vue"))) },
  { key: "questions", order: 30, column: "main", anyOf: ["qa.view"], component: defineAsyncComponent(() => withWords([qaMessages], () => import("./home/QuestionsCard.vue"))) },
];
