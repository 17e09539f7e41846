import { createPinia } from "pinia";
import { createApp } from "vue";

import { i18n, initialLocale, needMessages, setLocale } from "@/kernel/i18n";
import { startFormFactor } from "@/ui/formFactor";
import { startLargeText } from "@/ui/largeText";
import { startTheme } from "@/ui/theme";
import "element-plus/es/components/base/style/css";
import "@/ui/tokens.css";
import "@/ui/base.css";

import App from "./App.vue";
import { shellMessages } from "./messages";
import { makeRouter } from "./router";

startTheme();
startFormFactor();
startLargeText();
await setLocale(initialLocale());
await needMessages([shellMessages]);
const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(makeRouter());
app.mount("#app");
