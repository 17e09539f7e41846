/**
 * Where one can go. A feature's `places.ts` exports `places`, its `home.ts` exports `cards`; the app gathers
 * both, so that a feature appears in the rail, under Me, in the search and on the home page by being there.
 */
import type { Component } from "vue";

/** The little of a route that says where one is. */
export interface Here {
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Place {
  /** Its word is `shell.place.{key}`. */
  readonly key: string;
  readonly to: string;
  readonly icon: Component;
  /** Where it stands in the rail: what all use below 100, what few administer from 100 on. */
  readonly order: number;
  /** Any of these opens it; none: everybody. */
  readonly anyOf?: readonly string[];
  /** The smallest three of those that one may use have a tab on the phone; the others are under Me. */
  readonly tab?: number;
  /** Whether a route belongs here; else what is at or below its path does. */
  readonly holds?: (here: Here) => boolean;
}

/** A block of the home page: it asks for its own rows, and shows nothing where there are none to show. */
export interface HomeCard {
  readonly key: string;
  readonly order: number;
  readonly column: "main" | "side";
  readonly anyOf?: readonly string[];
  /** Loaded with its words, for those alone who are offered it. */
  readonly component: Component;
}

/** Whether one who holds these permissions is offered it. */
export function isOffered(offer: { readonly anyOf?: readonly string[] }, may: (permission: string) => boolean): boolean {
  return offer.anyOf === undefined || offer.anyOf.some((permission) => may(permission));
}

let known: readonly Place[] = [];

/** Called once by the app with every feature's places. */
export function knowPlaces(places: readonly Place[]): void {
  known = [...places].sort((one, other) => one.order - other.order);
}

/** The places of somebody who may this, in the order of the rail. */
export function placesFor(may: (permission: string) => boolean): readonly Place[] {
  return known.filter((place) => isOffered(place, may));
}

const TABS_BESIDE_HOME_AND_ME = 3;

/** The tabs of the phone: home, the three most wanted, and Me. */
export function tabsOf(places: readonly Place[]): readonly Place[] {
  const wanted = places.filter((place) => place.tab !== undefined).sort((one, other) => (one.tab ?? 0) - (other.tab ?? 0));
  const kept = new Set(wanted.slice(0, TABS_BESIDE_HOME_AND_ME));
  return places.filter((place) => kept.has(place) || place.key === "home" || place.key === "me");
}

function isWithin(place: Place, here: Here): boolean {
  if (place.holds !== undefined) return place.holds(here);
  return here.path === place.to || here.path.startsWith(`${place.to}/`);
}

/** The place that a route belongs to: of several the one with the longest address. */
export function placeAt(here: Here): string | null {
  const within = known.filter((place) => isWithin(place, here));
  within.sort((one, other) => other.to.length - one.to.length);
  return within[0]?.key ?? null;
}
