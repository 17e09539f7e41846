/** What administrators look into: the audit trail and the work that runs later. */
import type { AuditEntry, AuditTag, AuditVerdict, Job, JobState, Page } from "@/contract/platform";

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
