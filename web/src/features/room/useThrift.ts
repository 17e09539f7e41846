/** What has given way at this seat and since when: as the server tells of the line, or by one's own choice. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue";

import type { LiveRoom } from "./liveRoom";
import { givenWay, type Thrift } from "./thrift";

export interface RoomThrift {
  readonly thrift: ComputedRef<Thrift>;
  /** Server time of the turn. */
  readonly sinceMs: Ref<number | null>;
  readonly voiceOnly: Ref<boolean>;
}

export function useThrift(room: LiveRoom, mainKey: Readonly<Ref<string | null>>): RoomThrift {
  const voiceOnly = ref(false);
  const sinceMs = ref<number | null>(null);
  const thrift = computed<Thrift>(() =>
    voiceOnly.value ? "voiceOnly" : givenWay(room.flow.value, room.state.value.publications, mainKey.value),
  );
  watch(thrift, (now) => {
    sinceMs.value = now === "none" ? null : room.now();
  });
  return { thrift, sinceMs, voiceOnly };
}
