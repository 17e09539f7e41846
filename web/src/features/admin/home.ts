import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { adminMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "operation", order: 6, column: "main", anyOf: ["operation.view"], component: defineAsyncComponent(() => withWords([adminMessages], () => import("./home/OperationCard.vue"))) },
  { key: "alarms", order: 7, column: "main", anyOf: ["alarms.view"], component: defineAsyncComponent(() => withWords([adminMessages], () => import("./home/AlarmsCard.vue"))) },
  { key: "failedJobs", order: 15, column: "main", anyOf: ["jobs.view"], component: defineAsyncComponent(() => withWords([adminMessages], () => import("./home/FailedJobsCard.vue"))) },
];
