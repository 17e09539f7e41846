import { KeyRound, ListChecks, ShieldCheck, UserRoundCheck, Users } from "@lucide/vue";

import type { Place } from "@/kernel/place";

export const places: readonly Place[] = [
  { key: "admin", to: "/app/admin/users", icon: Users, order: 100, tab: 20, anyOf: ["users.manage"] },
  { key: "registrations", to: "/app/admin/registrations", icon: UserRoundCheck, order: 105, anyOf: ["users.manage"] },
  { key: "roles", to: "/app/admin/roles", icon: ListChecks, order: 115, anyOf: ["roles.give"] },
  { key: "duties", to: "/app/admin/duties", icon: ShieldCheck, order: 120, anyOf: ["duties.give"] },
  { key: "apiKeys", to: "/app/admin/api-keys", icon: KeyRound, order: 135, anyOf: ["api_keys.manage"] },
];
