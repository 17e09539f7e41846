import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";
import type { HomeCard } from "@/kernel/place";

import { identityMessages } from "./messages";

export const cards: readonly HomeCard[] = [
  { key: "registrations", order: 5, column: "main", anyOf: ["users.manage"], component: defineAsyncComponent(() => withWords([identityMessages], () => import("./home/RegistrationsCard.vue"))) },
];
