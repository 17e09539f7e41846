import { History, RadioTower } from "@lucide/vue";

import type { Here, Place } from "@/kernel/place";

function isReplay({ path, query }: Here): boolean {
  return path.startsWith("/app/replay/") || (path === "/app/teaching" && query["tab"] === "replay");
}

export const places: readonly Place[] = [
  { key: "live", to: "/app/teaching", icon: RadioTower, order: 20, tab: 10, holds: (here) => here.path.startsWith("/app/teaching") && !isReplay(here) },
  { key: "replay", to: "/app/teaching?tab=replay", icon: History, order: 30, tab: 40, holds: isReplay },
];
