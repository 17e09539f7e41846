/**
 * The life of the line to the room, as a table: state x event -> state; an absent cell is an error.
 *
 * - `dialling` gets a fresh grant and opens the socket; `joining` asks for the seat; `live` is in it.
 * - A lost line goes to `waiting` (backoff) and dials again; only a refusal or a farewell ends it.
 * - `closed` is final: a new connection is a new machine.
 */
export type ConnectionState = "idle" | "dialling" | "joining" | "live" | "waiting" | "closed";
export type ConnectionEvent =
  "start" | "opened" | "joined" | "dropped" | "retry" | "refused" | "bye" | "stop";

export const CONNECTION_TABLE: Readonly<
  Record<ConnectionState, Readonly<Partial<Record<ConnectionEvent, ConnectionState>>>>
> = {
  idle: { start: "dialling", stop: "closed" },
  dialling: { opened: "joining", dropped: "waiting", refused: "closed", bye: "closed", stop: "closed" },
  joining: { joined: "live", dropped: "waiting", refused: "closed", bye: "closed", stop: "closed" },
  live: { dropped: "waiting", bye: "closed", refused: "closed", stop: "closed" },
  waiting: { retry: "dialling", dropped: "waiting", stop: "closed" },
  closed: { dropped: "closed", stop: "closed", bye: "closed" },
};

/** The state after this event; throws for a pair that the table does not have. */
export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const next = CONNECTION_TABLE[state][event];
  if (next === undefined) throw new Error(`no transition from ${state} on ${event}`);
  return next;
}

/** What a person is told about the line: nothing, reconnecting after 2 s, lost after 15 s (UX 5). */
export type LineNotice = "none" | "reconnecting" | "lost";

export const RECONNECTING_AFTER_MS = 2_000;
export const LOST_AFTER_MS = 15_000;

/** `downSinceMs` is when the line was lost; null while it is up. */
export function lineNotice(downSinceMs: number | null, nowMs: number): LineNotice {
  if (downSinceMs === null) return "none";
  const gone = nowMs - downSinceMs;
  if (gone >= LOST_AFTER_MS) return "lost";
  return gone >= RECONNECTING_AFTER_MS ? "reconnecting" : "none";
}
