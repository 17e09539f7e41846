/** What a host does to others; refusals go to the log line and leave the room as it was. */
import { translate } from "@/kernel/i18n";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";
import { offerUndo } from "@/ui/undo";

import type { RoomContext } from "./roomContext";

export type HostAct = "mute" | "muteCamera" | "askToSpeak" | "givePen" | "takePen" | "lowerHand" | "remove";

type Ask = (context: RoomContext, participant: string) => Promise<unknown>;

const ACTS: Readonly<Record<HostAct, Ask>> = {
  mute: ({ room }, participant) => {
    const commentary = room.state.value.publications.has(`${participant}.commentary`);
    return room.connection.request("moderate.mute", { participant, source: commentary ? "commentary" : "voice" });
  },
  muteCamera: ({ room }, participant) => room.connection.request("moderate.mute", { participant, source: "camera" }),
  askToSpeak: ({ room }, participant) => room.connection.request("moderate.ask_to_speak", { participant }),
  givePen: ({ room }, participant) => room.connection.request("moderate.rights", { participant, give: ["draw", "point"] }),
  takePen: ({ room }, participant) => room.connection.request("moderate.rights", { participant, take: ["draw", "point"] }),
  lowerHand: ({ room }, participant) => room.connection.request("moderate.lower_hand", { participant }),
  remove: ({ room }, participant) => room.connection.request("moderate.remove", { participant }),
};

function told(thrown: unknown): void {
  log.info("room.host_refused", { code: toAppError(thrown).code });
}

export function moderate(context: RoomContext, act: HostAct, participant: string): void {
  ACTS[act](context, participant).catch(told);
}

/** Silences all viewers; taking it back asks those who were heard to speak again: nobody is opened. */
export function muteAll(context: RoomContext): void {
  const { room } = context;
  const heard = [...room.state.value.publications.values()]
    .filter((each) => each.source === "voice" && each.on && each.participant !== room.selfId.value)
    .map((each) => each.participant);
  room.connection
    .request("moderate.mute_all", {})
    .then(() => {
      offerUndo(
        translate("room.host.allMuted"),
        () => undefined,
        () => {
          for (const participant of heard) moderate(context, "askToSpeak", participant);
        },
      );
    })
    .catch(told);
}
