/** The one line about the state of one's own line and of the main picture (UX 5), most pressing first. */
import { computed, type ComputedRef } from "vue";

import type { SlotFlow } from "@/contract/signaling";
import { timeWithSeconds } from "@/kernel/format";
import { useWords } from "@/kernel/i18n";

import { complaintKey, flowFigures, flowOf, isGlimpsed, reasonKey } from "./flowWords";
import type { RoomContext } from "./roomContext";
import { useTick } from "./tick";

export type LineAct = "retryNow" | "why" | "only" | "again";

export interface RoomLine {
  readonly key: string;
  readonly text: string;
  readonly act: LineAct | null;
  /** Spoken at once: the connection is lost. */
  readonly urgent: boolean;
}

/** A picture that stands longer than this lost its source, as long as the line itself is up. */
export const SOURCE_LOST_AFTER_MS = 5_000;
const THRIFT_ACTS = { slow1: "why", slow2: "only", voiceOnly: "again" } as const;

/** Since when the main picture stands, ms since 1970 UTC; null while it moves, is switched off, or comes as single pictures. */
export function heldSince({ room, frames, mainKey, thrift }: RoomContext, nowMs: number): number | null {
  const key = mainKey.value;
  if (key === null || thrift.thrift.value === "voiceOnly" || room.state.value.publications.get(key)?.on === false) return null;
  if (isGlimpsed(flowOf(room.flow.value, key))) return null;
  const state = frames.state(key, nowMs, room.now());
  return state.state === "held" ? state.captureMs : null;
}

export function useRoomLine(context: RoomContext): ComputedRef<RoomLine | null> {
  const { room, thrift, own } = context;
  const { t } = useWords();
  const tick = useTick(500);

  function ofConnection(): RoomLine | null {
    const notice = room.notice.value;
    if (notice === "none") return null;
    return { key: notice, text: t(`room.state.${notice}`), act: "retryNow", urgent: notice === "lost" };
  }

  function ofPicture(): RoomLine | null {
    const since = heldSince(context, tick.value);
    if (since === null) return null;
    const time = timeWithSeconds(since);
    const source = context.mainKey.value === null ? undefined : room.state.value.publications.get(context.mainKey.value)?.source;
    if (room.now() - since < SOURCE_LOST_AFTER_MS || source !== "scope") return { key: "held", text: t("room.state.held", { time }), act: null, urgent: false };
    const key = own.running.has("scope") ? "sourceLostHere" : "sourceLost";
    return { key: "sourceLost", text: t(`room.state.${key}`, { time }), act: null, urgent: false };
  }

  function ofThrift(): RoomLine | null {
    const key = thrift.thrift.value;
    const since = thrift.sinceMs.value;
    if (key === "none" || since === null) return null;
    return { key, text: t(`room.thrift.${key}`, { time: timeWithSeconds(since) }), act: THRIFT_ACTS[key], urgent: false };
  }

  function ofMain(): SlotFlow | null {
    return context.mainKey.value === null ? null : flowOf(room.flow.value, context.mainKey.value);
  }

  /** Before what else has given way: all others have. */
  function ofGlimpses(): RoomLine | null {
    const slot = ofMain();
    if (slot === null || !isGlimpsed(slot) || thrift.thrift.value === "voiceOnly") return null;
    return { key: "glimpses", text: t(`room.flow.${reasonKey(slot)}`, flowFigures(slot)), act: "only", urgent: false };
  }

  /** The main picture is less than it could be, and why. */
  function ofFlow(): RoomLine | null {
    const slot = ofMain();
    const key = complaintKey(slot);
    return slot === null || key === null ? null : { key: "reduced", text: t(`room.flow.${key}`, flowFigures(slot)), act: "why", urgent: false };
  }

  function ofReturn(): RoomLine | null {
    if (room.missedMs.value === null) return null;
    const seconds = Math.round(room.missedMs.value / 1000);
    return { key: "back", text: t("room.state.back", { seconds, count: seconds }), act: null, urgent: false };
  }

  return computed(() => ofConnection() ?? ofPicture() ?? ofGlimpses() ?? ofThrift() ?? ofFlow() ?? ofReturn());
}
