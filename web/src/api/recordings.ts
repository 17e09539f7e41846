/** Recordings: the right to play one, its description, its events, where one stopped. */
import type { ReplayEvent, ReplayManifest } from "@/contract/replay";
import { AppError } from "@/kernel/errors";
import type { RecordingId } from "@/kernel/ids";

import { call } from "./access";
import { refusalFrom } from "./http";

/** A short-lived right to fetch below `/replay/{recording}/`. */
export interface PlayRight {
  readonly manifest_url: string;
  readonly token: string;
  readonly expires_at: string;
}

export function play(recording: RecordingId): Promise<PlayRight> {
  return call(`/recordings/${encodeURIComponent(recording)}/play`, { method: "POST", body: {} });
}

async function fetchJson<T>(url: string, token: string): Promise<T> {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" }).catch(
    (failure: unknown) => {
      throw new AppError({ code: "network", status: 0 }, { cause: failure });
    },
  );
  if (!answer.ok) throw await refusalFrom(answer);
  return (await answer.json()) as T;
}

export function manifest(right: PlayRight): Promise<ReplayManifest> {
  return fetchJson(right.manifest_url, right.token);
}

export async function events(right: PlayRight, described: ReplayManifest): Promise<readonly ReplayEvent[]> {
  const url = new URL(described.events, new URL(right.manifest_url, window.location.href));
  return (await fetchJson<{ events: ReplayEvent[] }>(url.pathname, right.token)).events;
}

/** When each frame of a segment begins, ms on the recording's axis. */
export async function frameTimes(right: PlayRight, segment: string): Promise<readonly number[]> {
  const name = segment.replace(/\.m4s$/u, ".frames.json");
  const url = new URL(name, new URL(right.manifest_url, window.location.href));
  return (await fetchJson<{ frames_ms: number[] }>(url.pathname, right.token)).frames_ms;
}

/** Where the learner stopped, so that the next visit goes on there. */
export function keepPosition(recording: RecordingId, positionMs: number): Promise<undefined> {
  return call(`/recordings/${encodeURIComponent(recording)}/position`, { method: "PUT", body: { position_ms: Math.round(positionMs) } });
}
