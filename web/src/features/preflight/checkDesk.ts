/** The check before entering: what is there, what is chosen, what the browser allowed. */
import { computed, onScopeDispose, reactive, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";

import type { Source } from "@/contract/signaling";
import { toAppError, type AppError } from "@/kernel/errors";
import {
  inWeChat,
  listDevices,
  onDevicesChanged,
  openCamera,
  openMicrophone,
  openScreen,
  permissionOf,
  proposeScope,
  type Device,
} from "@/rtc/devices";
import { MicMeter } from "@/rtc/micMeter";
import { DEFAULT_MASK, type MaskArea } from "@/rtc/nameMask";
import { handOver, PLAIN_SETUP, type RoomSetup } from "@/rtc/roomSetup";

export interface CheckDesk {
  readonly chosen: RoomSetup;
  readonly devices: ShallowRef<readonly Device[]>;
  readonly cameras: ComputedRef<readonly Device[]>;
  readonly microphones: ComputedRef<readonly Device[]>;
  readonly tracks: ReadonlyMap<Source, MediaStreamTrack>;
  readonly level: Ref<number>;
  readonly listening: Ref<boolean>;
  readonly problem: ShallowRef<AppError | null>;
  readonly weChat: boolean;
  /** Whether a tap may bring up the browser's question. */
  readonly willAsk: Ref<boolean>;
  choose(change: Partial<RoomSetup>): void;
  tryMic(): Promise<void>;
  tryPicture(source: "scope" | "hand" | "camera"): Promise<void>;
  stop(source: Source): void;
  listen(on: boolean): void;
  mask(on: boolean): void;
  /** Gives the open tracks on to the room. */
  hand(): void;
}

class Desk implements CheckDesk {
  readonly chosen = reactive({ ...PLAIN_SETUP }) as { -readonly [K in keyof RoomSetup]: RoomSetup[K] };
  readonly devices = shallowRef<readonly Device[]>([]);
  readonly cameras = computed(() => this.devices.value.filter((each) => each.kind === "camera"));
  readonly microphones = computed(() => this.devices.value.filter((each) => each.kind === "microphone"));
  readonly tracks = reactive(new Map<Source, MediaStreamTrack>()) as Map<Source, MediaStreamTrack>;
  readonly level = ref(0);
  readonly listening = ref(false);
  readonly problem = shallowRef<AppError | null>(null);
  readonly weChat = inWeChat();
  readonly willAsk = ref(true);
  private meter: MicMeter | null = null;
  private given = false;
  private readonly stopWatching = onDevicesChanged(() => void this.look());

  /** Lists devices; asks for nothing. */
  async look(): Promise<void> {
    try {
      this.devices.value = await listDevices();
      const states = await Promise.all([permissionOf("camera"), permissionOf("microphone")]);
      this.willAsk.value = states.includes("prompt");
    } catch (thrown) {
      this.problem.value = toAppError(thrown);
    }
  }

  choose(change: Partial<RoomSetup>): void {
    Object.assign(this.chosen, change);
  }

  async tryMic(): Promise<void> {
    await this.attempt(async () => {
      this.stop("voice");
      const track = await openMicrophone(this.chosen.microphone);
      this.tracks.set("voice", track);
      this.meter = new MicMeter(track, (level) => {
        this.level.value = level;
      });
      this.chosen.micOn = true;
      await this.look();
    });
  }

  async tryPicture(source: "scope" | "hand" | "camera"): Promise<void> {
    await this.attempt(async () => {
      this.stop(source);
      this.tracks.set(source, await this.open(source));
      await this.look();
    });
  }

  private async open(source: "scope" | "hand" | "camera"): Promise<MediaStreamTrack> {
    const { chosen } = this;
    if (source === "scope" && chosen.scope === "screen") return openScreen();
    if (source === "scope") {
      const track = await openCamera("scope", { deviceId: chosen.scopeDevice ?? proposeScope(this.cameras.value)?.id ?? null, facing: "back" });
      chosen.scopeDevice = track.getSettings().deviceId ?? chosen.scopeDevice;
      return track;
    }
    const deviceId = source === "hand" ? chosen.handDevice : chosen.camera;
    return openCamera(source, { deviceId, facing: source === "hand" ? "back" : chosen.facing });
  }

  stop(source: Source): void {
    this.tracks.get(source)?.stop();
    this.tracks.delete(source);
    if (source !== "voice") return;
    this.listening.value = false;
    this.meter?.close();
    this.meter = null;
    this.level.value = 0;
  }

  listen(on: boolean): void {
    this.listening.value = on;
    this.meter?.listen(on);
  }

  mask(on: boolean): void {
    const area: MaskArea | null = on ? DEFAULT_MASK : null;
    this.chosen.mask = area;
  }

  hand(): void {
    this.given = true;
    this.meter?.close();
    this.meter = null;
    handOver(this.tracks);
  }

  close(): void {
    this.stopWatching();
    this.meter?.close();
    if (!this.given) for (const track of this.tracks.values()) track.stop();
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem.value = null;
    try {
      await act();
    } catch (thrown) {
      this.problem.value = toAppError(thrown);
    }
  }
}

export function useCheckDesk(): CheckDesk {
  const desk = new Desk();
  void desk.look();
  onScopeDispose(() => {
    desk.close();
  });
  return desk;
}
