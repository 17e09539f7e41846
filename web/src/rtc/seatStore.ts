/** The seat in a room, kept for this tab so that a reload takes the same one again. */
import type { Resume } from "@/contract/signaling";
import { forgetfulStorage } from "@/kernel/storage";

const storage = forgetfulStorage(() => window.sessionStorage);

function keyOf(room: string): string {
  return `scopecast.seat.${room}`;
}

/** The seat kept for this room, without the events seen: a reload has lost what they made. */
export function keptSeat(room: string): Omit<Resume, "last_seq"> | null {
  const kept = storage.read(keyOf(room));
  if (kept === null) return null;
  const [participant, key] = kept.split(" ");
  return participant !== undefined && key !== undefined ? { participant, key } : null;
}

export function keepSeat(room: string, seat: { readonly participant: string; readonly key: string }): void {
  storage.write(keyOf(room), `${seat.participant} ${seat.key}`);
}

export function forgetSeat(room: string): void {
  storage.remove(keyOf(room));
}
