/** The dialog, loaded with its words when it is first opened. */
import { defineAsyncComponent } from "vue";

import { withWords } from "@/kernel/i18n";

import { forwardingMessages } from "./messages";

export const ForwardDialog = defineAsyncComponent(() => withWords([forwardingMessages], () => import("./ForwardDialog.vue")));
