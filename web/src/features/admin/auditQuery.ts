/** The audit page's filters, as they stand in the address. Pure. */
import type { AuditQuery } from "@/api/admin";
import type { AuditTag } from "@/contract/platform";

export const TAGS = [
  "login", "logout", "login.ended", "credentials.changed", "permission.changed", "access.refused", "record.viewed", "record.created", "record.changed",
  "record.deleted", "record.exported", "invitation.made", "invitation.redeemed", "invitation.revoked", "share.made", "share.opened", "share.revoked",
  "session.opened", "session.joined", "session.left", "session.ended", "recording.started", "recording.stopped", "recording.played", "recording.downloaded",
  "export.asked", "export.decided", "export.cancelled", "export.downloaded",
  "audit.anchor_lost",
] as const satisfies readonly AuditTag[];

type Place = Readonly<Record<string, unknown>>;

/** Days as the address has them, 2026-11-22; what is no day is no filter. */
function day(value: unknown): string | null {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/u.test(value) ? value : null;
}

const DAY_MS = 86_400_000;

/** Days are whole days in Shanghai: the second one is in. */
function startOf(value: string | null, plusDays: number): string | null {
  if (value === null) return null;
  const at = Date.parse(`${value}T00:00:00+08:00`);
  return Number.isNaN(at) ? null : new Date(at + plusDays * DAY_MS).toISOString();
}

export function daysOf(place: Place): readonly [string, string] | null {
  const [from, to] = [day(place["from"]), day(place["to"])];
  return from === null || to === null ? null : [from, to];
}

export function auditQuery(place: Place): AuditQuery {
  const days = daysOf(place);
  return {
    tag: TAGS.find((tag) => tag === place["tag"]) ?? null,
    actor: typeof place["actor"] === "string" && place["actor"] !== "" ? place["actor"] : null,
    since: startOf(days?.[0] ?? null, 0),
    until: startOf(days?.[1] ?? null, 1),
  };
}
