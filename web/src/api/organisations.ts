/** The tree of organisations, for its administrators. */
import type {
  MergeForecast, MoveForecast, OrganisationChange, OrganisationDetails, OrganisationFind, OrganisationNode, OrganisationTop, OrganisationWords, Page, Region,
} from "@/contract/platform";
import type { OrganisationId } from "@/kernel/ids";

import { call } from "./access";

const PAGE = 100;

function at(organisation: OrganisationId, act = ""): string {
  return `/organisations/${encodeURIComponent(organisation)}${act}`;
}

function said(path: string, body: unknown): Promise<OrganisationDetails> {
  return call(path, { method: "POST", body });
}

/** Where the tree begins: one's own node with all directly below it, closed ones too or not. */
export interface TreeTop {
  readonly own: OrganisationNode;
  readonly below: readonly OrganisationNode[];
  readonly closed: boolean;
}

async function further(parent: OrganisationId, closed: boolean, from: string | null): Promise<readonly OrganisationNode[]> {
  const found: OrganisationNode[] = [];
  for (let cursor = from; cursor !== null;) {
    const page: Page<OrganisationNode> = await call("/organisations/tree", { query: { parent, closed: String(closed), limit: PAGE, ...(cursor !== "" && { cursor }) } });
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
}

export async function treeTop(closed: boolean): Promise<TreeTop> {
  const { own, below, next_cursor: cursor } = await call<OrganisationTop>("/organisations/top", { query: { closed: String(closed), limit: PAGE } });
  return { own, below: [...below, ...(await further(own.id, closed, cursor))], closed };
}

/** All directly below a node, page after page. */
export function childrenOf(parent: OrganisationId, closed: boolean): Promise<readonly OrganisationNode[]> {
  return further(parent, closed, "");
}

/** Found in the own node and below; without words those that stand highest. */
export async function search(q: string): Promise<readonly OrganisationFind[]> {
  return (await call<{ items: OrganisationFind[] }>("/organisations/search", { query: { q } })).items;
}

export async function regionsBelow(above: string): Promise<readonly Region[]> {
  return (await call<{ items: Region[] }>("/organisations/regions", { query: { above } })).items;
}

export function show(organisation: OrganisationId): Promise<OrganisationDetails> {
  return call(at(organisation));
}

export function add(parent: OrganisationId, words: OrganisationWords): Promise<OrganisationDetails> {
  return said("/organisations", { parent, ...words });
}

export function change(organisation: OrganisationId, words: OrganisationWords, version: number): Promise<OrganisationDetails> {
  return call(at(organisation), { method: "PATCH", body: { ...words, version } });
}

export function forecastMove(organisation: OrganisationId, parent: OrganisationId): Promise<MoveForecast> {
  return call(at(organisation, "/move"), { query: { parent } });
}

export function move(organisation: OrganisationId, parent: OrganisationId, reason: string): Promise<OrganisationDetails> {
  return said(at(organisation, "/move"), { parent, reason });
}

export function forecastMerger(organisation: OrganisationId, into: OrganisationId): Promise<MergeForecast> {
  return call(at(organisation, "/merge"), { query: { into } });
}

export function merge(organisation: OrganisationId, into: OrganisationId, reason: string): Promise<OrganisationNode> {
  return call(at(organisation, "/merge"), { method: "POST", body: { into, reason } });
}

export function setOpen(organisation: OrganisationId, open: boolean, reason: string): Promise<OrganisationDetails> {
  return said(at(organisation, open ? "/reopen" : "/close"), { reason });
}

export function changes(organisation: OrganisationId, cursor: string | null): Promise<Page<OrganisationChange>> {
  return call(at(organisation, "/changes"), { query: { cursor, limit: 20 } });
}
