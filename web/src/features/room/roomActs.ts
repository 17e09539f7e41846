/** What keys and buttons do in the room, by name; one table for both. */
import { marksOn } from "@/annotation/state";
import { toAppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import type { ViewName } from "./layout";
import type { LiveRoom } from "./liveRoom";
import type { RoomAct } from "./keys";
import type { PanelTab, RoomContext } from "./roomContext";
import { pictureOf, saveLocally } from "./stills";

export interface RoomActs {
  run(act: RoomAct): void;
  show(view: ViewName): void;
  hand(): void;
  snapshot(): Promise<void>;
}

/** Who may speak anyway has no hand to raise. */
export function maySpeak(room: LiveRoom): boolean {
  return room.mayPublish.value.some((source) => source === "voice" || source === "commentary");
}

/** A view of one who presents is suggested to those who follow, and kept for the replay. */
function show(context: RoomContext, view: ViewName): void {
  context.views.show(view);
  if (context.room.may("present")) ask(context.room.connection.request("room.present", { layout: view }));
}

function ask(request: Promise<unknown>): void {
  request.catch((thrown: unknown) => {
    log.info("room.act_refused", { code: toAppError(thrown).code });
  });
}

async function toggleFullScreen(): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}

type Acts = Partial<Record<RoomAct, () => void>>;

/** Voice, camera and hand of oneself. */
function ownActs({ own }: RoomContext, hand: () => void): Acts {
  let holding = false;
  const talk = (on: boolean): void => {
    if (on === holding || (on && own.micOn.value)) return;
    holding = on;
    void own.setMic(on);
  };
  return {
    mic: () => void own.setMic(!own.micOn.value),
    holdToTalk: () => {
      talk(true);
    },
    releaseTalk: () => {
      talk(false);
    },
    camera: () => void own.set("camera", !own.running.has("camera")),
    hand,
  };
}

function viewActs(context: RoomContext): Acts {
  const { views } = context;
  const to = (view: ViewName) => () => {
    show(context, view);
  };
  const open = (tab: PanelTab) => () => {
    context.tab.value = tab;
    context.panelOpen.value = true;
  };
  return {
    viewScope: to("scope"),
    viewHand: to("hand"),
    viewSide: to("side"),
    viewPip: to("pip"),
    board: () => {
      show(context, views.view.value === "board" ? "scope" : "board");
    },
    swap: () => {
      views.swap();
    },
    chat: open("chat"),
    members: open("members"),
    fullScreen: () => void toggleFullScreen(),
  };
}

function drawActs({ desk }: RoomContext): Acts {
  const widen = (step: 1 | -1) => () => {
    desk.widen(step);
  };
  return {
    draw: () => {
      desk.pick(desk.tool.value === "laser" || desk.tool.value === null ? "pen" : desk.tool.value);
    },
    pointer: () => {
      desk.pick("laser");
    },
    thinner: widen(-1),
    thicker: widen(1),
    undo: () => void desk.apply({ op: "undo" }),
    redo: () => void desk.apply({ op: "redo" }),
    escape: () => {
      if (desk.text.value !== null) desk.text.value = null;
      else desk.pick(null);
    },
  };
}

function stillActs({ room, stills, mainKey }: RoomContext): Acts {
  const take = (open: boolean) => () => {
    if (mainKey.value !== null && room.may("freeze")) void stills.take(mainKey.value, open);
  };
  return { freeze: take(true), still: take(false) };
}

export function useRoomActs(context: RoomContext): RoomActs {
  const hand = (): void => {
    const up = context.room.self.value?.hand_raised_at_ms == null;
    if (!up || !maySpeak(context.room)) ask(context.room.connection.request("room.hand", { up }));
  };
  const table: Acts = { ...ownActs(context, hand), ...viewActs(context), ...drawActs(context), ...stillActs(context) };
  return {
    hand,
    run: (act) => {
      table[act]?.();
    },
    show: (view) => {
      show(context, view);
    },
    snapshot: () => snapshot(context),
  };
}

/** The picture on the screen with its marks, on this device alone. */
async function snapshot(context: RoomContext): Promise<void> {
  const key = context.mainKey.value;
  const frame = key === null ? null : context.frames.of(key);
  if (key === null || frame === null) return;
  const marks = marksOn(context.room.marks.value, `live:${key}`).filter((mark) => mark.created_ms > context.room.now() - 8_000);
  const picture = await pictureOf(frame.video, marks, "image/png");
  const time = new Date(frame.captureMs ?? Date.now()).toISOString().replaceAll(/[:.]/gu, "-");
  saveLocally(picture, `scopecast-${time}.png`);
}
