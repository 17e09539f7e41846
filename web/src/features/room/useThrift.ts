/** The thrift of this seat: from what the server measured of the own line, and one's own choice. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";

import type { LiveRoom } from "./liveRoom";
import { NO_THRIFT, thriftStep, type Thrift } from "./thrift";

export interface RoomThrift {
  readonly thrift: ComputedRef<Thrift>;
  /** Server time of the turn. */
  readonly sinceMs: ComputedRef<number | null>;
  readonly voiceOnly: Ref<boolean>;
}

const LEVELS = ["none", "slow1", "slow2"] as const;

export function useThrift(room: LiveRoom): RoomThrift {
  const state = shallowRef(NO_THRIFT);
  const voiceOnly = ref(false);
  const chosenMs = ref<number | null>(null);
  watch(room.quality, (rows) => {
    const own = rows.find((row) => row.participant === room.selfId.value);
    if (own !== undefined) state.value = thriftStep(state.value, { loss: own.down_loss, rttMs: own.rtt_ms, atMs: room.now() });
  });
  watch(voiceOnly, (on) => {
    chosenMs.value = on ? room.now() : null;
  });
  return {
    thrift: computed(() => (voiceOnly.value ? "voiceOnly" : LEVELS[state.value.level])),
    sinceMs: computed(() => chosenMs.value ?? state.value.sinceMs),
    voiceOnly,
  };
}
