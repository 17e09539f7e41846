/** The mask over the patient's name while on air: on, off, and moved on the own picture. */
import { DEFAULT_MASK } from "@/rtc/nameMask";

import type { RoomContext } from "./roomContext";

export function switchMask({ own, masking }: RoomContext, on: boolean): void {
  masking.value = false;
  void own.setMask(on ? DEFAULT_MASK : null);
}

/** The own scope picture comes large and whole, so that what is covered is seen. */
export function moveMask(context: RoomContext): void {
  const { own, views, zoom, room, masking } = context;
  if (own.mask.value === null) void own.setMask(DEFAULT_MASK);
  if (views.view.value !== "scope") views.show("scope");
  zoom.reset(`${room.selfId.value}.scope`);
  masking.value = true;
}
