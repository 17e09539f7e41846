/** How the tree's facts are said. */
import type { MergeForecast, OrganisationChange, OrganisationKind, OrganisationStep } from "@/contract/platform";

type Translate = (key: string, values?: Record<string, unknown>) => string;
type Fact = OrganisationChange["after"][string];

export const KINDS: readonly OrganisationKind[] = ["nation", "province", "city", "county", "hospital", "department", "office", "university", "group"];
export const AUTHORITIES = ["uscc", "licence", "insurance", "reporting"] as const;

const LISTED = ["users", "sessions", "recordings", "files", "questions", "jobs"] as const;
const FIELDS = ["name", "short_name", "aliases", "kind", "region_code", "codes", "parent_name", "into_name", "from_name", "state"] as const;

export function authorityName(authority: string, t: Translate): string {
  return AUTHORITIES.some((known) => known === authority) ? t(`organisations.authority.${authority}`) : authority;
}

/** "省集团 / 西市 / 人民医院" */
export function placeLine(path: readonly OrganisationStep[]): string {
  return path.map((step) => step.name).join(" / ");
}

/** What a merger hands over, the known kinds by name and all others together. */
export function holdingLines(forecast: MergeForecast, t: Translate): readonly string[] {
  const counted = new Map<string, number>();
  for (const { what, count } of forecast.holdings) {
    const key = LISTED.find((known) => known === what) ?? "other";
    counted.set(key, (counted.get(key) ?? 0) + count);
  }
  return [...LISTED, "other"]
    .filter((key) => counted.has(key))
    .map((key) => t("organisations.held.line", { what: t(`organisations.held.${key}`), n: counted.get(key) ?? 0 }));
}

function factText(field: string, fact: Fact | undefined, t: Translate): string {
  if (fact === null || fact === undefined || fact.length === 0) return "";
  if (typeof fact !== "string") return fact.map((each) => (field === "codes" ? codeText(each, t) : each)).join(t("listMark"));
  if (field === "kind") return t(`organisations.kind.${fact}`);
  if (field === "state") return t(`organisations.history.state.${fact}`);
  return fact;
}

function codeText(code: string, t: Translate): string {
  const at = code.indexOf(":");
  return `${authorityName(code.slice(0, at), t)} ${code.slice(at + 1)}`;
}

/** A change, a line for each field that says something. */
export function changeLines(change: OrganisationChange, t: Translate): readonly string[] {
  const lines: string[] = [];
  for (const key of FIELDS) {
    if (!(key in change.after)) continue;
    const field = t(`organisations.history.field.${key}`);
    const to = factText(key, change.after[key], t);
    if (key in change.before) {
      const from = factText(key, change.before[key], t);
      const empty = t("organisations.history.empty");
      lines.push(t("organisations.history.fromTo", { field, from: from || empty, to: to || empty }));
    } else if (to !== "") {
      lines.push(t("organisations.history.set", { field, to }));
    }
  }
  return lines;
}
