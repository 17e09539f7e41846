/** Cameras, microphones, screens: listing, opening, and why it did not work. */
import { AppError } from "@/kernel/errors";

export interface Device {
  readonly id: string;
  readonly label: string;
  readonly kind: "camera" | "microphone" | "speaker";
  /** On phones: which way it looks, if the browser lets one tell. */
  readonly facing: "front" | "back" | "unknown";
}

const KINDS: Readonly<Record<MediaDeviceKind, Device["kind"]>> = {
  videoinput: "camera",
  audioinput: "microphone",
  audiooutput: "speaker",
};

/** What the browser gives, in its order; labels are empty until a permission was given. */
export function toDevices(rows: readonly Pick<MediaDeviceInfo, "deviceId" | "label" | "kind">[]): Device[] {
  return rows
    .filter((row) => row.deviceId !== "" && row.deviceId !== "communications")
    .map((row) => ({
      id: row.deviceId,
      label: row.label,
      kind: KINDS[row.kind],
      facing: facingOf(row.label),
    }));
}

function facingOf(label: string): Device["facing"] {
  if (/front|前置|user/iu.test(label)) return "front";
  return /back|rear|后置|environment/iu.test(label) ? "back" : "unknown";
}

/** A capture card or microscope adapter by its name: offered first as the scope. */
export function looksLikeCapture(label: string): boolean {
  return /capture|grabber|hdmi|sdi|elgato|magewell|avermedia|usb3|usb video|采集/iu.test(label);
}

/** The camera to propose as the scope: a capture card if there is one, else the second camera. */
export function proposeScope(cameras: readonly Device[]): Device | null {
  return cameras.find((camera) => looksLikeCapture(camera.label)) ?? cameras[1] ?? cameras[0] ?? null;
}

export async function listDevices(): Promise<Device[]> {
  return toDevices(await devices().enumerateDevices());
}

/** Absent on pages that are not secure (plain http beyond this machine). */
function devices(): MediaDevices {
  const found = (navigator as { readonly mediaDevices?: MediaDevices }).mediaDevices;
  if (found === undefined) throw new AppError({ code: "device.insecure", status: 0 });
  return found;
}

/** True in the web view of WeChat, which gives no camera. */
export function inWeChat(agent = navigator.userAgent): boolean {
  return /MicroMessenger/iu.test(agent);
}

const PICTURE: Readonly<Record<"scope" | "hand" | "camera", MediaTrackConstraints>> = {
  scope: { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30, max: 60 } },
  hand: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
  camera: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 } },
};

/** Opens a camera for this use; by facing where no device was chosen (phones). */
export function openCamera(
  use: "scope" | "hand" | "camera",
  choice: CameraChoice,
): Promise<MediaStreamTrack> {
  const which: MediaTrackConstraints =
    choice.deviceId === null
      ? { facingMode: { ideal: choice.facing === "back" ? "environment" : "user" } }
      : { deviceId: { exact: choice.deviceId } };
  return open(() => devices().getUserMedia({ video: { ...PICTURE[use], ...which } }), "video");
}

export interface CameraChoice {
  readonly deviceId: string | null;
  readonly facing: "front" | "back";
}

export function openMicrophone(deviceId: string | null): Promise<MediaStreamTrack> {
  const audio: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
  };
  return open(() => devices().getUserMedia({ audio }), "audio");
}

export function openScreen(): Promise<MediaStreamTrack> {
  return open(
    () => devices().getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: false }),
    "video",
  );
}

async function open(ask: () => Promise<MediaStream>, kind: "audio" | "video"): Promise<MediaStreamTrack> {
  let stream: MediaStream;
  try {
    stream = await ask();
  } catch (thrown) {
    throw deviceRefusal(thrown);
  }
  const track = kind === "audio" ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0];
  if (track === undefined) throw new AppError({ code: "device.missing", status: 0 });
  return track;
}

/** The browser's reason in our words: `device.denied`, `missing`, `busy`, `unfit`, `insecure`. */
export function deviceRefusal(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  return new AppError({ code: DEVICE_CODES[name] ?? "device.failed", status: 0 }, { cause: thrown });
}

const DEVICE_CODES: Readonly<Record<string, string>> = {
  NotAllowedError: "device.denied",
  SecurityError: "device.denied",
  NotFoundError: "device.missing",
  NotReadableError: "device.busy",
  AbortError: "device.busy",
  OverconstrainedError: "device.unfit",
};

/** What the browser already allows: then no question comes up. `prompt` where it cannot be asked. */
export async function permissionOf(kind: "camera" | "microphone"): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name: kind })).state;
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof DOMException) return "prompt";
    throw thrown;
  }
}

/** Calls back when a device is plugged or pulled; gives the way to stop. */
export function onDevicesChanged(act: () => void): () => void {
  const found = (navigator as { readonly mediaDevices?: MediaDevices }).mediaDevices;
  found?.addEventListener("devicechange", act);
  return () => {
    found?.removeEventListener("devicechange", act);
  };
}
