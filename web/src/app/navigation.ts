/** All that features offer, gathered as their routes are. */
import { CircleUserRound, House } from "@lucide/vue";

import type { HomeCard, Place } from "@/kernel/place";
import { isOffered, knowPlaces } from "@/kernel/place";

const offered = import.meta.glob<readonly Place[]>("../features/*/places.ts", { eager: true, import: "places" });
const shown = import.meta.glob<readonly HomeCard[]>("../features/*/home.ts", { eager: true, import: "cards" });

const OWN: readonly Place[] = [
  { key: "home", to: "/app", icon: House, order: 0, holds: ({ path }) => path === "/app" },
  { key: "me", to: "/app/me", icon: CircleUserRound, order: 1000 },
];

export function startNavigation(): void {
  knowPlaces([...OWN, ...Object.values(offered).flat()]);
}

/** The blocks of the home page of somebody who may this. */
export function cardsFor(may: (permission: string) => boolean): readonly HomeCard[] {
  return Object.values(shown).flat().filter((card) => isOffered(card, may)).sort((one, other) => one.order - other.order);
}
