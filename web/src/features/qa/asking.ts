/** What a question may be about, and where a moment is seen again. Pure. */
export const TOPICS = ["diagnosis", "technique", "pathology", "treatment", "complication", "equipment", "screening", "follow_up", "other"] as const;
export const PARTS = ["oesophagus", "cardia", "stomach", "duodenum", "small_bowel", "colon", "rectum", "biliary", "pancreas", "airway", "abdomen", "cervix"] as const;

/** Where a moment is seen again. */
export function momentPath(moment: { readonly recording: string | null; readonly session: string; readonly source: string | null; readonly media_time_ms: number | null }): string {
  if (moment.recording === null || moment.media_time_ms === null) return `/app/teaching/${moment.session}`;
  const view = moment.source === "hand" ? "&view=hand" : "";
  return `/app/replay/${moment.recording}?t=${(moment.media_time_ms / 1000).toFixed(1)}${view}`;
}

/** Where its words are changed: the page where it was asked. */
export function editPath(question: { readonly id: string; readonly kind: "question" | "discussion" }): string {
  return `/app/qa/new?edit=${encodeURIComponent(question.id)}${question.kind === "discussion" ? "&kind=discussion" : ""}`;
}
