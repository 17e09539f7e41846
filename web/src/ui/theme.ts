/** The theme of the page: rooms are always dark, other pages follow the person's choice. */
import { ref, watchEffect } from "vue";

import { forgetfulStorage } from "@/kernel/storage";

export type Theme = "desk" | "desk-dark" | "room";

const STORAGE_KEY = "scopecast.theme";
const storage = forgetfulStorage(() => window.localStorage);

const night = ref(storage.read(STORAGE_KEY) === "desk-dark");
const inRoom = ref(false);

export function themeNow(): Theme {
  if (inRoom.value) return "room";
  return night.value ? "desk-dark" : "desk";
}

/** Set by the router from the route's `meta.theme`. */
export function enterTheme(theme: "room" | "own"): void {
  inRoom.value = theme === "room";
}

export function useNight(): { readonly on: () => boolean; set(on: boolean): void } {
  return {
    on: () => night.value,
    set(on) {
      night.value = on;
      storage.write(STORAGE_KEY, on ? "desk-dark" : "desk");
    },
  };
}

/** Keeps the document's attribute, which the tokens hang on, equal to the theme. */
export function startTheme(): void {
  watchEffect(() => {
    const theme = themeNow();
    document.documentElement.dataset["theme"] = theme;
    document.documentElement.classList.toggle("dark", theme !== "desk");
  });
}
