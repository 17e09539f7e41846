/** Zoom and push of each picture, kept per source while one is in the room. */
import { shallowReactive } from "vue";

import { NO_ZOOM, zoomBy, type Rect, type ScreenPoint, type Zoom } from "@/annotation/geometry";

export class ZoomDesk {
  private readonly zooms = shallowReactive(new Map<string, Zoom>());

  of(key: string): Zoom {
    return this.zooms.get(key) ?? NO_ZOOM;
  }

  /** Zooms about a place on the screen and pushes, within the picture's own rectangle. */
  by(key: string, rect: Rect, about: ScreenPoint, factor: number, push: ScreenPoint = { x: 0, y: 0 }): void {
    this.zooms.set(key, zoomBy(rect, this.of(key), about, factor, push));
  }

  reset(key: string): void {
    this.zooms.delete(key);
  }
}
