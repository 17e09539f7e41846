/** The planner's form as a value: from a session, checked, to what is sent. */
import type { BodyPart, ProcedureForm, Session, SessionPlan, Visibility } from "@/contract/platform";
import { fromWallClock, toWallClock } from "@/kernel/format";

export interface PlanForm {
  title: string;
  hospital: string;
  /** Wall clock of our time zone, 2026-11-22T14:05:00, or empty. */
  starts: string;
  minutes: number;
  form: ProcedureForm | "";
  part: BodyPart | "";
  summary: string;
  visibility: Visibility;
  recorded: boolean;
  consent: string;
}

export type PlanFault = "needTitle" | "needHospital" | "needTime" | "pastTime" | "needForm" | "needPart" | "identity";
export type PlanFaults = Partial<Record<keyof PlanForm, PlanFault>>;

export function emptyPlan(hospital: string): PlanForm {
  return { title: "", hospital, starts: "", minutes: 60, form: "", part: "", summary: "", visibility: "organisation", recorded: true, consent: "" };
}

export function planOf(session: Session): PlanForm {
  return {
    title: session.title,
    hospital: session.hospital,
    starts: toWallClock(session.starts_at),
    minutes: session.planned_minutes,
    form: session.form,
    part: session.body_part,
    summary: session.case_summary,
    visibility: session.visibility,
    recorded: session.recorded,
    consent: session.consent_reference ?? "",
  };
}

/** An identity card's 18 digits, or a mobile number: the server refuses them too. */
const IDENTITY = /(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)/;

/** What keeps the form from being sent, by field; `now` in ms. */
export function planFaults(form: PlanForm, now: number, mayBePast = false): PlanFaults {
  const faults: PlanFaults = {};
  if (form.title.trim() === "") faults.title = "needTitle";
  if (form.hospital.trim() === "") faults.hospital = "needHospital";
  if (form.starts === "") faults.starts = "needTime";
  else if (!mayBePast && Date.parse(fromWallClock(form.starts)) < now - 3_600_000) faults.starts = "pastTime";
  if (form.form === "") faults.form = "needForm";
  if (form.part === "") faults.part = "needPart";
  if (IDENTITY.test(form.title)) faults.title = "identity";
  if (IDENTITY.test(form.summary)) faults.summary = "identity";
  return faults;
}

/** A form without faults, as the platform takes it. */
export function toSend(form: PlanForm): SessionPlan {
  return {
    title: form.title.trim(),
    hospital: form.hospital.trim(),
    starts_at: fromWallClock(form.starts),
    planned_minutes: form.minutes,
    case_summary: form.summary.trim(),
    form: form.form === "" ? "other" : form.form,
    body_part: form.part === "" ? "other" : form.part,
    visibility: form.visibility,
    recorded: form.recorded,
    consent_reference: form.consent.trim() === "" ? null : form.consent.trim(),
  };
}
