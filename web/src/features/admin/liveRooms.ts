/** Live rooms as the inspector shows them: which is looked at, and figures as words. Pure but for the words. */
import type { LivePublication, LiveSlot } from "@/contract/platform";
import { megabits } from "@/kernel/format";
import { translate } from "@/kernel/i18n";

export function rateText(bps: number | null): string {
  return bps === null ? translate("admin.rooms.unknown") : translate("admin.rooms.rate", { n: megabits(bps) });
}

export function percentText(part: number | null): string {
  return part === null ? translate("admin.rooms.unknown") : translate("admin.rooms.percent", { n: (part * 100).toFixed(1) });
}

/** Part of the packets of all layers that did not arrive; null before any was due. */
export function lossOf({ layers }: LivePublication): number | null {
  const lost = layers.reduce((sum, layer) => sum + layer.lost, 0);
  const due = lost + layers.reduce((sum, layer) => sum + layer.packets, 0);
  return due === 0 ? null : lost / due;
}

/** `h 2.5 Mbit/s` for each layer that arrives. */
export function layersText({ layers }: LivePublication): string {
  return layers.map(({ rid, bitrate_bps: bps }) => translate("admin.rooms.layer", { rid, rate: rateText(bps) }).trim()).join(" · ");
}

/** `内镜 1.9 Mbit/s 最高清晰度`: what goes to one viewer, and why so much. */
export function slotText({ source, bitrate_bps: bps, state, reason }: LiveSlot): string {
  const why = state === "glimpses" ? state : reason;
  return [translate(`admin.source.${source}`), rateText(bps), translate(`admin.reason.${why}`)].join(" ");
}

/** Somebody may want to mend this. */
export function isPoor(slot: LiveSlot): boolean {
  return slot.state !== "full" && (slot.reason === "line" || slot.reason === "publisher");
}
