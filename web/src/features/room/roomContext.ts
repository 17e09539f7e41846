/** What the parts of the room's screen share; made once by `RoomLive`, taken by the parts. */
import { inject, provide, type InjectionKey, type Ref, type ShallowRef } from "vue";

import type { Discussion } from "@/discussion/useDiscussion";
import type { Rect } from "@/annotation/geometry";
import type { SessionId } from "@/kernel/ids";

import type { DrawingDesk } from "./drawingDesk";
import type { Handling } from "./handling";
import type { StageShape } from "./layout";
import type { LiveRoom } from "./liveRoom";
import type { OwnMedia } from "./ownMedia";
import type { PictureFrames } from "./pictureFrames";
import type { Stills } from "./stills";
import type { RoomThrift } from "./useThrift";
import type { Views } from "./views";
import type { ZoomDesk } from "./zoomDesk";

/** A large picture with its size on the screen and its own, for the zoom's buttons. */
export interface LargePicture {
  readonly key: string;
  readonly name: string;
  readonly rect: Rect;
}

export type PanelTab = "chat" | "members" | "materials" | "figures";

export interface RoomContext {
  readonly session: SessionId;
  readonly room: LiveRoom;
  readonly own: OwnMedia;
  readonly desk: DrawingDesk;
  readonly frames: PictureFrames;
  readonly stills: Stills;
  readonly views: Views;
  readonly zoom: ZoomDesk;
  readonly discussion: Discussion;
  readonly handling: Handling;
  readonly thrift: RoomThrift;
  readonly shape: Ref<StageShape>;
  readonly fullScreen: Ref<boolean>;
  readonly tab: Ref<PanelTab>;
  readonly panelOpen: Ref<boolean>;
  /** Key of the large live picture, for freeze and snapshot. */
  readonly mainKey: ShallowRef<string | null>;
  /** What is large now, but for the whiteboard. */
  readonly large: ShallowRef<readonly LargePicture[]>;
  /** Across: where a notice stands, px of the room. */
  readonly band: ShallowRef<Rect>;
  /** The publisher moves the mask on the own scope picture. */
  readonly masking: Ref<boolean>;
  /** The sheet that undo's neighbours (clear) mean: the one touched last. */
  readonly sheet: Ref<string | null>;
}

const KEY: InjectionKey<RoomContext> = Symbol("room");

export function provideRoom(context: RoomContext): void {
  provide(KEY, context);
}

export function useRoomContext(): RoomContext {
  const context = inject(KEY);
  if (context === undefined) throw new Error("outside of a room");
  return context;
}
