import { Network } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "organisations", to: "/app/admin/organisations", icon: Network, order: 110, anyOf: ["organisations.manage"] },
];
