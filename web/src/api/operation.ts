/** How the house runs and who is watched over: operators, guards of the trail, and whoever was looked at. */
import type { Alarm, LiveJobs, OperationView, Page, PlannedJob, Sight } from "@/contract/platform";

import { call } from "./access";

export function overview(): Promise<OperationView> {
  return call("/operation");
}

/** Has what is kept weighed by a worker; the overview tells when it was. */
export function weighStorage(): Promise<undefined> {
  return call("/operation/storage", { method: "POST", body: {} });
}

export async function alarms(): Promise<readonly Alarm[]> {
  return (await call<{ items: readonly Alarm[] }>("/alarms")).items;
}

export function settleAlarm(number: number): Promise<undefined> {
  return call(`/alarms/${String(number)}/settle`, { method: "POST", body: {} });
}

/** What changed last; with a known stamp the answer waits until something does, or for a quarter of a minute. */
export function liveJobs(known: string | null, signal: AbortSignal): Promise<LiveJobs> {
  return call("/jobs/live", { query: { known }, signal });
}

export async function schedules(): Promise<readonly PlannedJob[]> {
  return (await call<{ items: readonly PlannedJob[] }>("/jobs/schedules")).items;
}

/** Who looked at the asker's own record or changed it. */
export function sights(cursor: string | null): Promise<Page<Sight>> {
  return call("/audit/mine", { query: { cursor, limit: 30 } });
}
