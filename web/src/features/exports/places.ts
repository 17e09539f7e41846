import { Download } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [{ key: "exports", to: "/app/exports", icon: Download, order: 90 }];
