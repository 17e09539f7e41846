/** How an emergency access stands, as the key of its words. */
import type { EmergencyAccess } from "@/contract/platform";

export function isOpen(access: EmergencyAccess, now = Date.now()): boolean {
  return access.closed_at === null && Date.parse(access.ends_at) > now;
}

/** Whether a moment that ends something is still to come. */
export function isComing(moment: string, now = Date.now()): boolean {
  return Date.parse(moment) > now;
}

export function verdictOf(access: EmergencyAccess): "waits" | "justified" | "unjustified" {
  if (access.justified === null) return "waits";
  return access.justified ? "justified" : "unjustified";
}
