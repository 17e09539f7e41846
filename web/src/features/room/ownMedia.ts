/** One's own microphone, cameras and screen in the room: on, off, muted, and what went wrong. */
import { onScopeDispose, ref, shallowReactive, shallowRef, type Ref, type ShallowRef } from "vue";

import type { Source } from "@/contract/signaling";
import { toAppError, type AppError } from "@/kernel/errors";
import { openCamera, openMicrophone, openScreen } from "@/rtc/devices";
import { MicMeter, TalkDetector } from "@/rtc/micMeter";
import { maskTrack, type MaskArea, type MaskedTrack } from "@/rtc/nameMask";
import { takeHandedOver, type RoomSetup } from "@/rtc/roomSetup";

import type { LiveRoom } from "./liveRoom";

export interface OwnMedia {
  /** Sources that run here, with the track as it is published. */
  readonly running: ReadonlyMap<Source, MediaStreamTrack>;
  readonly micOn: Ref<boolean>;
  readonly micLevel: Ref<number>;
  /** Talking while muted. */
  readonly talkingMuted: Ref<boolean>;
  readonly problem: ShallowRef<AppError | null>;
  readonly facing: Ref<"front" | "back">;
  setMic(on: boolean): Promise<void>;
  set(source: Source, on: boolean): Promise<void>;
  turnCamera(): Promise<void>;
  /** What hides the patient's name on one's own scope picture; null: nothing. */
  readonly mask: ShallowRef<MaskArea | null>;
  setMask(area: MaskArea | null): Promise<void>;
}

class Sources {
  readonly running = shallowReactive(new Map<Source, MediaStreamTrack>());
  readonly micOn = ref(false);
  readonly micLevel = ref(0);
  readonly talkingMuted = ref(false);
  readonly problem = shallowRef<AppError | null>(null);
  readonly facing: Ref<"front" | "back">;
  private readonly raw = new Map<Source, MediaStreamTrack>();
  readonly mask: ShallowRef<MaskArea | null>;
  private masking: MaskedTrack | null = null;
  private meter: MicMeter | null = null;
  private readonly talk = new TalkDetector();

  constructor(
    private readonly room: LiveRoom,
    private readonly setup: RoomSetup,
  ) {
    this.facing = ref(setup.facing);
    this.mask = shallowRef(setup.mask);
  }

  /** Voice of a commentator is named as such to all. */
  get voice(): Source {
    return this.room.mayPublish.value.includes("commentary") ? "commentary" : "voice";
  }

  /** Muting is local first: the track is silent before anything is awaited (UX 1). */
  async setMic(on: boolean): Promise<void> {
    const track = this.running.get(this.voice);
    if (track !== undefined) track.enabled = on;
    this.micOn.value = on && track !== undefined;
    this.talkingMuted.value = false;
    this.talk.reset();
    if (track === undefined) {
      if (on) await this.openMic();
      return;
    }
    await this.tellSwitch(on);
  }

  /** Before its first packet a voice is not on air yet: there is nothing to switch, it is silent here. */
  private async tellSwitch(on: boolean): Promise<void> {
    const known = this.room.state.value.publications.has(`${this.room.selfId.value}.${this.voice}`);
    if (known) await this.room.connection.request("media.switch", { source: this.voice, on }).catch(this.failed);
  }

  private async openMic(): Promise<void> {
    await this.attempt(async () => {
      const track = takeHandedOver("voice") ?? (await openMicrophone(this.setup.microphone));
      this.keep(this.voice, track, track);
      this.micOn.value = true;
      this.listen(track);
      await this.publish(this.voice, track);
    });
  }

  private listen(track: MediaStreamTrack): void {
    this.meter?.close();
    this.meter = new MicMeter(track, (level) => {
      this.micLevel.value = this.micOn.value ? level : 0;
      this.talkingMuted.value = !this.micOn.value && this.talk.hear(level, performance.now());
    });
  }

  async set(source: Source, on: boolean): Promise<void> {
    if (source === this.voice) return this.setMic(on);
    if (!on) return this.stop(source);
    await this.attempt(async () => {
      const raw = takeHandedOver(source) ?? (await this.openFor(source));
      const track = source === "scope" ? this.masked(raw) : raw;
      this.keep(source, raw, track);
      raw.addEventListener("ended", () => void this.lost(source, raw));
      await this.publish(source, track);
    });
  }

  private openFor(source: Source): Promise<MediaStreamTrack> {
    const { setup } = this;
    if (source === "screen" || (source === "scope" && setup.scope === "screen")) return openScreen();
    if (source === "scope") return openCamera("scope", { deviceId: setup.scopeDevice, facing: "back" });
    if (source === "hand") return openCamera("hand", { deviceId: setup.handDevice, facing: "back" });
    return openCamera("camera", { deviceId: setup.camera, facing: this.facing.value });
  }

  private masked(raw: MediaStreamTrack): MediaStreamTrack {
    if (this.mask.value === null) return raw;
    this.masking = maskTrack(raw, this.mask.value);
    return this.masking.track;
  }

  /** Moves the mask at once; putting it on or off is another track in the same section. */
  async setMask(area: MaskArea | null): Promise<void> {
    this.mask.value = area;
    const raw = this.raw.get("scope");
    if (raw === undefined) return;
    if (area !== null && this.masking !== null) {
      this.masking.setArea(area);
      return;
    }
    const before = this.masking;
    this.masking = null;
    const track = this.masked(raw);
    this.keep("scope", raw, track);
    await this.attempt(() => this.publish("scope", track));
    before?.close();
  }

  /** Front to back on a phone: the same section, another track. */
  async turnCamera(): Promise<void> {
    this.facing.value = this.facing.value === "front" ? "back" : "front";
    if (!this.running.has("camera")) return;
    this.raw.get("camera")?.stop();
    await this.attempt(async () => {
      const track = await openCamera("camera", { deviceId: null, facing: this.facing.value });
      this.keep("camera", track, track);
      await this.publish("camera", track);
    });
  }

  /** Again on air after another seat was taken. */
  async republish(): Promise<void> {
    for (const [source, track] of this.running) await this.publish(source, track);
    if (this.running.has(this.voice) && !this.micOn.value) {
      await this.room.connection
        .request("media.switch", { source: this.voice, on: false })
        .catch(this.failed);
    }
  }

  close(): void {
    this.meter?.close();
    this.masking?.close();
    for (const track of [...this.raw.values(), ...this.running.values()]) track.stop();
    this.running.clear();
  }

  private keep(source: Source, raw: MediaStreamTrack, track: MediaStreamTrack): void {
    this.raw.set(source, raw);
    this.running.set(source, track);
  }

  private async publish(source: Source, track: MediaStreamTrack | null): Promise<void> {
    await this.room.media.value?.publish(source, track);
  }

  private async stop(source: Source): Promise<void> {
    this.raw.get(source)?.stop();
    this.running.get(source)?.stop();
    this.raw.delete(source);
    this.running.delete(source);
    if (source === "scope") {
      this.masking?.close();
      this.masking = null;
    }
    await this.publish(source, null);
  }

  /** The cable was pulled or the sharing ended by the browser's own button. */
  private async lost(source: Source, raw: MediaStreamTrack): Promise<void> {
    if (this.raw.get(source) === raw) await this.stop(source);
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem.value = null;
    await act().catch(this.failed);
  }

  private readonly failed = (thrown: unknown): void => {
    this.problem.value = toAppError(thrown);
  };
}

export function useOwnMedia(room: LiveRoom, setup: RoomSetup): OwnMedia & { republish(): Promise<void> } {
  const sources = new Sources(room, setup);
  onScopeDispose(() => {
    sources.close();
  });
  return {
    running: sources.running,
    micOn: sources.micOn,
    micLevel: sources.micLevel,
    talkingMuted: sources.talkingMuted,
    problem: sources.problem,
    facing: sources.facing,
    setMic: (on) => sources.setMic(on),
    set: (source, on) => sources.set(source, on),
    turnCamera: () => sources.turnCamera(),
    mask: sources.mask,
    setMask: (area) => sources.setMask(area),
    republish: () => sources.republish(),
  };
}
