import { Users } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "admin", to: "/app/admin/users", icon: Users, order: 100, tab: 20, anyOf: ["users.manage"] },
];
