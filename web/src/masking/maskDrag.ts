import { fitMask, type MaskArea } from "@/rtc/nameMask";

/** The area after a drag by parts of the picture: of the whole, or of its lower right corner. */
export function dragged(area: MaskArea, what: "move" | "size", dx: number, dy: number): MaskArea {
  if (what === "move") return fitMask({ ...area, x: area.x + dx, y: area.y + dy });
  return fitMask({ ...area, width: area.width + dx, height: area.height + dy });
}
