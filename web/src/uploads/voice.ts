/** A voice recorded by the browser: begun, stopped, given as a file. */

const KINDS = [
  { type: "audio/webm;codecs=opus", ending: "webm" },
  { type: "audio/mp4", ending: "m4a" },
  { type: "audio/ogg;codecs=opus", ending: "ogg" },
] as const;
const BITS_PER_S = 48_000;

export type VoiceFault = "refused" | "none" | "unsupported";

export interface Voice {
  /** The recording; the microphone is let go. */
  stop: () => Promise<Blob>;
  /** Lets the microphone go, and keeps nothing. */
  drop: () => void;
  readonly ending: string;
}

export function kindOffered(isTypeSupported: (type: string) => boolean): (typeof KINDS)[number] | null {
  return KINDS.find((kind) => isTypeSupported(kind.type)) ?? null;
}

export function faultOf(failure: unknown): VoiceFault {
  if (failure instanceof DOMException && failure.name === "NotAllowedError") return "refused";
  return failure instanceof DOMException && failure.name === "NotFoundError" ? "none" : "unsupported";
}

/** Asks for the microphone and begins. Throws what the browser throws: `faultOf` names it. */
export async function recordVoice(): Promise<Voice> {
  const kind = typeof MediaRecorder === "undefined" ? null : kindOffered((type) => MediaRecorder.isTypeSupported(type));
  if (kind === null) throw new DOMException("no recorder", "NotSupportedError");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  const recorder = new MediaRecorder(stream, { mimeType: kind.type, audioBitsPerSecond: BITS_PER_S });
  const pieces: Blob[] = [];
  recorder.addEventListener("dataavailable", (event) => { pieces.push(event.data); });
  const ended = new Promise<void>((resolve) => { recorder.addEventListener("stop", () => { resolve(); }, { once: true }); });
  const release = (): void => { for (const track of stream.getTracks()) track.stop(); };
  recorder.start();
  return {
    ending: kind.ending,
    async stop() {
      if (recorder.state !== "inactive") recorder.stop();
      await ended;
      release();
      return new Blob(pieces, { type: kind.type.split(";")[0] ?? kind.type });
    },
    drop() {
      if (recorder.state !== "inactive") recorder.stop();
      release();
    },
  };
}
