/** Organisations and people as choices: where each is looked for, and what tells two of one name apart. */
import { findOrganisations } from "@/api/joining";
import { search } from "@/api/organisations";
import * as questions from "@/api/questions";
import type { Organisation, OrganisationStep, Person } from "@/contract/platform";
import type { OrganisationId, UserId } from "@/kernel/ids";
import type { Choice } from "@/ui/choice";

export interface OrganisationChoice extends Choice {
  readonly id: OrganisationId;
}

export interface PersonChoice extends Choice {
  readonly id: UserId;
}

/** "浙江省 / 杭州市": what stands above. */
export function placeOf(above: readonly string[]): string {
  return above.join(" / ");
}

export function organisationChoice({ id, name }: Organisation, path: readonly OrganisationStep[] = []): OrganisationChoice {
  return { id, name, place: placeOf(path.filter((step) => step.id !== id).map((step) => step.name)) };
}

/** Open ones in the own node and below; without words those that stand highest. */
export async function ownOrganisations(words: string): Promise<readonly OrganisationChoice[]> {
  const found = await search(words);
  return found.filter(({ organisation }) => !organisation.closed).map(({ organisation, path }) => organisationChoice(organisation, path));
}

/** Any on the platform; needs no account. */
export async function allOrganisations(words: string): Promise<readonly OrganisationChoice[]> {
  return (await findOrganisations(words)).map(({ id, name, above }) => ({ id, name, place: placeOf(above) }));
}

export function personChoice({ id, name, title, organisation_name: organisation }: Person): PersonChoice {
  return { id, name, place: [title, organisation].filter(Boolean).join(" · ") };
}

/** Those of the same network. */
export async function colleagues(words: string): Promise<readonly PersonChoice[]> {
  return (await questions.people(words)).map(personChoice);
}

/** How a list finds the people of its filters; `hint` stands in the empty field. */
export function personFind(hint: string): { readonly look: typeof colleagues; readonly least: number; readonly hint: string } {
  return { look: colleagues, least: 1, hint };
}

/** The same for organisations in the own node and below. */
export function organisationFind(hint: string): { readonly look: typeof ownOrganisations; readonly least: number; readonly hint: string } {
  return { look: ownOrganisations, least: 0, hint };
}
