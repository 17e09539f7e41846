/** What `/replay/{recording}/` holds: recording/manifest.py and the room's events on the recording's axis. */
import type { Source } from "./signaling";

/** One file of a part; it begins with a keyframe. */
export interface ReplaySegment {
  readonly name: string;
  readonly start_ms: number;
  readonly duration_ms: number;
}

export type PartState = "ready" | "pending" | "failed";

/** One unbroken run of a track; times are ms on the recording's axis. */
export interface ReplayPart {
  readonly id: string;
  readonly codec: string;
  readonly codec_string: string;
  readonly width: number;
  readonly height: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly state: PartState;
  readonly playlist: string | null;
  readonly segments: readonly ReplaySegment[];
}

export interface ReplayTrack {
  readonly publication: string;
  readonly participant: string;
  readonly participant_name: string;
  readonly role: string;
  readonly source: Source;
  readonly kind: "audio" | "video";
  readonly parts: readonly ReplayPart[];
}

export interface ReplayChapter {
  readonly start_ms: number;
  readonly why: "start" | "freeze" | "still" | "page" | "view" | "speaker";
  readonly label: string;
  readonly url: string | null;
}

export interface ReplayManifest {
  readonly version: 1;
  readonly recording: string;
  readonly room: string;
  readonly session: string | null;
  readonly title: string;
  /** Wall time (ms since 1970 UTC) of media time zero. */
  readonly origin_ms: number;
  readonly duration_ms: number;
  readonly state: "recording" | "interrupted" | "complete";
  readonly tracks: readonly ReplayTrack[];
  readonly chapters: readonly ReplayChapter[];
  readonly events: string;
}

/** One numbered event of the room as it was told live, at its place on the axis. */
export interface ReplayEvent {
  readonly seq: number;
  readonly t_ms: number;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}
