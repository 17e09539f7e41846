/** What a person is told when the room is over for them. Pure. */
import type { ClosedBecause } from "@/rtc/roomConnection";

const BY_CODE: Readonly<Record<string, string>> = {
  "room.full": "full",
  "media.room_full": "full",
  "room.ended": "ended",
  "session.ended": "ended",
  "room.removed": "removed",
};

/**
 * The key of the sentence: the server's farewell, the refusal's own, or `refused` for its sentence.
 * `recorded`: whether this page saw that the room was being recorded.
 */
export function endOf(because: ClosedBecause, recorded: boolean): string {
  if (because.kind === "stopped") return "left";
  if (because.kind === "bye") return because.reason === "ended" && !recorded ? "unrecorded" : because.reason;
  return BY_CODE[because.error.code] ?? "refused";
}
