/** What administrators look into: the audit trail, the work that runs later, and live rooms. */
import type { AuditEntry, AuditTag, AuditVerdict, Job, JobState, LiveRoomFacts, LiveRooms, Page } from "@/contract/platform";

import { call } from "./access";

export interface AuditQuery {
  readonly tag: AuditTag | null;
  readonly actor: string | null;
  readonly since: string | null;
  readonly until: string | null;
}

const ROWS = 50;

export function audit(query: AuditQuery, cursor: string | null): Promise<Page<AuditEntry>> {
  return call("/audit", { query: { ...query, cursor, limit: ROWS } });
}

/** Recomputes the whole chain. */
export function auditVerdict(): Promise<AuditVerdict> {
  return call("/audit/verdict");
}

export function jobs(state: JobState | null, cursor: string | null): Promise<Page<Job>> {
  return call("/jobs", { query: { state, cursor, limit: ROWS } });
}

/** Asks for the end of a job that waits or runs. */
export function cancelJob(id: string): Promise<Job> {
  return call(`/jobs/${encodeURIComponent(id)}/cancel`, { method: "POST" });
}

/** Has a job done again that failed or was cancelled. */
export function runJobAgain(id: string): Promise<Job> {
  return call(`/jobs/${encodeURIComponent(id)}/again`, { method: "POST" });
}

export function liveRooms(): Promise<LiveRooms> {
  return call("/rooms/live");
}

export function liveRoom(room: string): Promise<LiveRoomFacts> {
  return call(`/rooms/live/${encodeURIComponent(room)}`);
}
