/** Access in an emergency: opening another hospital's records, and reviewing it. */
import type { EmergencyAccess, EmergencyDraft, Page } from "@/contract/platform";

import { call } from "./access";

const ROWS = 30;

export function open(draft: EmergencyDraft): Promise<EmergencyAccess> {
  return call("/break-glass", { method: "POST", body: draft });
}

export async function mine(): Promise<readonly EmergencyAccess[]> {
  return (await call<{ items: readonly EmergencyAccess[] }>("/break-glass/mine")).items;
}

export function close(id: string): Promise<EmergencyAccess> {
  return call(`/break-glass/${encodeURIComponent(id)}/close`, { method: "POST", body: {} });
}

export function below(cursor: string | null): Promise<Page<EmergencyAccess>> {
  return call("/break-glass", { query: { cursor, limit: ROWS } });
}

export function review(id: string, justified: boolean, remark: string): Promise<EmergencyAccess> {
  return call(`/break-glass/${encodeURIComponent(id)}/review`, { method: "POST", body: { justified, remark } });
}
