/** Zoom and push of each picture, kept per source while one is in the room. */
import { shallowReactive } from "vue";

import { NO_ZOOM, zoomBy, type Rect, type ScreenPoint, type Zoom } from "@/annotation/geometry";

export const FIT = 1;
/** What one press of the zoom's buttons does. */
export const STEP = 1.25;

/** The scale at which a pixel of the picture is a pixel of the screen; null where fitting shows them all. */
export function nativeScale(pictureWidth: number, shownWidth: number, devicePixelRatio: number): number | null {
  if (pictureWidth <= 0 || shownWidth <= 0) return null;
  const scale = pictureWidth / (shownWidth * devicePixelRatio);
  return scale > FIT ? scale : null;
}

export class ZoomDesk {
  private readonly zooms = shallowReactive(new Map<string, Zoom>());

  of(key: string): Zoom {
    return this.zooms.get(key) ?? NO_ZOOM;
  }

  /** Zooms about a place on the screen and pushes, within the picture's own rectangle. */
  by(key: string, rect: Rect, about: ScreenPoint, factor: number, push: ScreenPoint = { x: 0, y: 0 }): void {
    this.zooms.set(key, zoomBy(rect, this.of(key), about, factor, push));
  }

  /** To this scale about the middle of what is seen. */
  to(key: string, rect: Rect, scale: number): void {
    const middle = { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 };
    this.by(key, rect, middle, scale / this.of(key).scale);
  }

  reset(key: string): void {
    this.zooms.delete(key);
  }
}
