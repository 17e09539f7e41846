/** Access in an emergency: opening another hospital's records, and reviewing it. */
import type { EmergencyAccess, EmergencyDraft } from "@/contract/platform";

import { call } from "./access";

export function open(draft: EmergencyDraft): Promise<EmergencyAccess> {
  return call("/break-glass", { method: "POST", body: draft });
}

export async function mine(): Promise<readonly EmergencyAccess[]> {
  return (await call<{ items: readonly EmergencyAccess[] }>("/break-glass/mine")).items;
}

export function close(id: string): Promise<EmergencyAccess> {
  return call(`/break-glass/${encodeURIComponent(id)}/close`, { method: "POST", body: {} });
}

export function review(id: string, justified: boolean, remark: string): Promise<EmergencyAccess> {
  return call(`/break-glass/${encodeURIComponent(id)}/review`, { method: "POST", body: { justified, remark } });
}
