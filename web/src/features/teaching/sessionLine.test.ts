import { expect, test } from "vitest";

import type { Session } from "@/contract/platform";
import type { RecordingId, RoomId, SessionId } from "@/kernel/ids";

import { actOf, lengthText, onAirText, replayPath, startText } from "./sessionLine";
import { whipAddress } from "./whip";

const NOBODY = { edit: false, open: false, end: false, join: false, replay: false, moderate: false };

function session(change: Partial<Session> = {}): Session {
  return {
    id: "s1" as SessionId, room: "r1" as RoomId, title: "胃角早癌 ESD", expert_name: "王建国", hospital: "省肿瘤医院",
    starts_at: "2026-11-22T06:00:00Z", opened_at: null, on_air_at: null, ended_at: null, position_ms: null, planned_minutes: 60, state: "planned", case_summary: "", body_part: "stomach", form: "esd",
    visibility: "organisation", consent_reference: null, recorded: true, viewers: 0, likes: 0, liked: false, comments: 0,
    duration_ms: null, chapters: 0, still_url: null, recording: null, may: NOBODY, ...change,
  };
}

const recorded = { id: "rec1" as RecordingId, state: "complete", duration_ms: 2_890_000 } as const;

test("a live session leads into its room by those who may join, else to its page", () => {
  const may = { ...NOBODY, join: true };

  expect(actOf(session({ state: "on_air", may }))).toEqual({ kind: "enter", to: "/app/rooms/r1?session=s1" });
  expect(actOf(session({ state: "open", may })).kind).toBe("enterRoom");
  expect(actOf(session({ state: "on_air" })).kind).toBe("details");
  expect(actOf(session({ state: "open", may, room: null })).kind).toBe("details");
});

test("an ended session leads to its replay once there is one, also a broken-off one", () => {
  const may = { ...NOBODY, replay: true };

  expect(actOf(session({ state: "ended", recording: recorded, may }))).toEqual({ kind: "watch", to: "/app/replay/rec1" });
  expect(replayPath(session({ state: "ended", recording: { ...recorded, state: "interrupted" }, may }))).not.toBeNull();
  expect(replayPath(session({ state: "ended", recording: { ...recorded, state: "recording" }, may }))).toBeNull();
  expect(replayPath(session({ state: "ended", recording: recorded }))).toBeNull();
});

test("today shows the hour, other days the date", () => {
  const now = Date.parse("2026-11-22T01:00:00Z");

  expect(startText(session(), now)).toBe("14:00");
  expect(startText(session({ starts_at: "2026-11-23T06:00:00Z" }), now)).toBe("11-23 14:00");
  expect(lengthText(session({ recording: recorded }))).toBe("48:10");
  expect(lengthText(session())).toBeNull();
});

test("on air the time since the first picture is told, never the length of what is still being recorded", () => {
  const began = "2026-11-22T06:00:00Z";
  const live = session({ state: "on_air", on_air_at: began, recording: { ...recorded, state: "recording", duration_ms: 40 } });

  expect(onAirText(live, Date.parse(began) + 42 * 60_000)).toBe("42:00");
  expect(lengthText(live)).toBeNull();
  expect(onAirText(session({ state: "open" }))).toBeNull();
});

test("encoders get an address with one source", () => {
  expect(whipAddress("https://h:8443", "r/1", "hand")).toBe("https://h:8443/whip/r%2F1?source=hand");
});
