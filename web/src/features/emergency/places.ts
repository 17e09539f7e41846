import { ShieldAlert, Siren } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "emergency", to: "/app/emergency", icon: Siren, order: 95, anyOf: ["break_glass.ask"] },
  { key: "emergencyReviews", to: "/app/admin/break-glass", icon: ShieldAlert, order: 139, tab: 35, anyOf: ["break_glass.review"] },
];
