/** Which questions the address asks for. Pure. */
import type { Query } from "@/api/http";

export const TOPICS = ["diagnosis", "technique", "pathology", "treatment", "complication", "equipment", "screening", "follow_up", "other"] as const;
export const PARTS = ["oesophagus", "cardia", "stomach", "duodenum", "small_bowel", "colon", "rectum", "biliary", "pancreas", "airway", "abdomen", "cervix"] as const;
export const SCENES = ["pc", "phone", "endoscopy_room", "live", "replay"] as const;
export const STATES = ["open", "answered", "closed"] as const;
export const SORTS = ["time", "heat", "answers"] as const;
export const KINDS = ["question", "discussion"] as const;

const WORDS: Readonly<Record<string, readonly string[]>> = { topic: TOPICS, body_part: PARTS, scene: SCENES, state: STATES, sort: SORTS, kind: KINDS };
const SWITCHES = ["with_files", "followed", "invited"] as const;

/** What of an address the platform is asked; a word that nobody offers is left out. */
export function asked(query: Readonly<Record<string, unknown>>, me: string | null): Query {
  const found: Record<string, string | boolean> = {};
  for (const [name, words] of Object.entries(WORDS)) {
    const value = query[name];
    if (typeof value === "string" && words.includes(value)) found[name] = value;
  }
  for (const name of SWITCHES) if (query[name] === "true") found[name] = true;
  if (typeof query["text"] === "string" && query["text"].trim() !== "") found["text"] = query["text"].trim();
  if (query["mine"] === "true" && me !== null) found["person"] = me;
  return found;
}

/** Whether anything but order and kind is chosen. */
export function isFiltered(query: Query): boolean {
  return Object.keys(query).some((name) => name !== "sort" && name !== "kind");
}

/** Where a moment is seen again. */
export function momentPath(moment: { readonly recording: string | null; readonly session: string; readonly source: string | null; readonly media_time_ms: number | null }): string {
  if (moment.recording === null || moment.media_time_ms === null) return `/app/teaching/${moment.session}`;
  const view = moment.source === "hand" ? "&view=hand" : "";
  return `/app/replay/${moment.recording}?t=${(moment.media_time_ms / 1000).toFixed(1)}${view}`;
}
