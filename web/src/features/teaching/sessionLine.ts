/** What a row of the programme says of a session, and where its act leads. */
import type { Session, ShareEntrance } from "@/contract/platform";
import { duration, sameDay, tableDateTime, timeOfDay } from "@/kernel/format";

export type LineAct =
  | { readonly kind: "enter" | "enterRoom"; readonly to: string }
  | { readonly kind: "watch"; readonly to: string }
  | { readonly kind: "details"; readonly to: string };

export function isLive(session: Pick<Session, "state">): boolean {
  return session.state === "open" || session.state === "on_air";
}

export function roomPath(session: Pick<Session, "id" | "room">): string | null {
  if (session.room === null) return null;
  return `/app/rooms/${session.room}?session=${encodeURIComponent(session.id)}`;
}

export function replayPath(session: Pick<Session, "recording" | "may">): string | null {
  if (session.recording === null || session.recording.state === "recording" || !session.may.replay) return null;
  return `/app/replay/${session.recording.id}`;
}

export function pagePath(session: Pick<Session, "id">): string {
  return `/app/teaching/${session.id}`;
}

/** Where a share link leads: the replay of what has ended, the room of what is on, else the session's page. */
export function sharedPath(entrance: ShareEntrance): string {
  if (entrance.state === "ended" && entrance.recording !== null) return `/app/replay/${entrance.recording}`;
  return roomPath({ id: entrance.session, room: entrance.room }) ?? pagePath({ id: entrance.session });
}

/** The one thing to do with this session from a list. */
export function actOf(session: Session): LineAct {
  const room = roomPath(session);
  if (isLive(session) && session.may.join && room !== null) {
    return { kind: session.state === "on_air" ? "enter" : "enterRoom", to: room };
  }
  const replay = replayPath(session);
  if (replay !== null) return { kind: "watch", to: replay };
  return { kind: "details", to: pagePath(session) };
}

/** 14:05 today, else 11-23 14:05. */
export function startText(session: Pick<Session, "starts_at">, now = Date.now()): string {
  return sameDay(session.starts_at, now) ? timeOfDay(session.starts_at) : tableDateTime(session.starts_at, now);
}

/** How long it has been on air, to the minute's second; null before the first picture. */
export function onAirText(session: Pick<Session, "state" | "on_air_at">, now = Date.now()): string | null {
  if (session.state !== "on_air" || session.on_air_at === null) return null;
  return duration(Math.max(0, now - Date.parse(session.on_air_at)));
}

/** The length of what was recorded, or null; while it is being recorded the length is not known. */
export function lengthText(session: Pick<Session, "state" | "duration_ms" | "recording">): string | null {
  if (isLive(session)) return null;
  const ms = session.recording?.duration_ms ?? session.duration_ms;
  return ms === null || ms <= 0 ? null : duration(ms);
}
