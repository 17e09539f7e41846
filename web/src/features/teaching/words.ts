import type { BodyPart, ProcedureForm, ProgrammeTab, Visibility } from "@/contract/platform";

/** The closed lists of the planner, in the order they are offered; words are under `teaching.form` and `teaching.part`. */
export const FORMS = [
  "diagnosis", "chromoendoscopy", "magnification", "eus", "ercp", "polypectomy", "emr", "esd", "poem", "ster",
  "haemostasis", "dilatation", "stent", "foreign_body", "bronchoscopy", "laparoscopy", "colposcopy", "other",
] as const satisfies readonly ProcedureForm[];

export const BODY_PARTS = [
  "oesophagus", "cardia", "stomach", "duodenum", "small_bowel", "colon", "rectum", "biliary", "pancreas", "airway",
  "abdomen", "cervix", "other",
] as const satisfies readonly BodyPart[];

export const VISIBILITIES = ["organisation", "everyone_signed_in", "invited"] as const satisfies readonly Visibility[];
export const MINUTES = [30, 45, 60, 90, 120, 180, 240] as const;
export const TABS = ["live", "upcoming", "replay", "mine"] as const satisfies readonly ProgrammeTab[];
