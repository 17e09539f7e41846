/** Sessions that somebody stopped in the middle of before those not begun; each group stays as it is sorted. */
import type { Session } from "@/contract/platform";

export function stoppedFirst<T extends Pick<Session, "position_ms">>(sessions: readonly T[]): readonly T[] {
  const begun = sessions.filter((session) => session.position_ms !== null && session.position_ms > 0);
  return [...begun, ...sessions.filter((session) => !begun.includes(session))];
}
