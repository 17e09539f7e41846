import { describe, expect, it } from "vitest";

import type { ReplayEvent, ReplayManifest, ReplayTrack } from "@/contract/replay";

import { correction } from "./follow";
import { PlayClock } from "./playClock";
import { anchored, commentLane, markLane, Storyteller } from "./story";
import { chapterIndexAt, firstPictureMs, gapAt, momentFrom, partAt, pictureTracks } from "./timeline";

const ORIGIN = 1_000_000;

function track(source: "scope" | "hand" | "camera", role = "host"): ReplayTrack {
  const part = { codec: "H264", codec_string: "avc1.42e01f", width: 1, height: 1, state: "ready", playlist: "a", segments: [] } as const;
  return {
    publication: `p.${source}`, participant: "p", participant_name: "王", role, source, kind: "video",
    parts: [{ ...part, id: "1", start_ms: 0, end_ms: 1000 }, { ...part, id: "2", start_ms: 4000, end_ms: 6000 }],
  };
}

function added(seq: number, id: string, tMs: number, captureMs: number): ReplayEvent {
  const mark = {
    id, author: "a", author_name: "李红", colour: 0, created_ms: ORIGIN + tMs,
    target: { kind: "live", publication: "p.scope", capture_ms: ORIGIN + captureMs },
    shape: { shape: "ellipse", centre: { x: 0.5, y: 0.5, p: 0.5 }, radius_x: 0.1, radius_y: 0.1, width: 0.004 },
  };
  const changes = { cause: "do", put: [mark], removed: [], pages: null, page_shown: null };
  return { seq, t_ms: tMs, name: "marks.changed", data: { author: "a", changes } };
}

function removed(seq: number, id: string, tMs: number): ReplayEvent {
  const changes = { cause: "do", put: [], removed: [id], pages: null, page_shown: null };
  return { seq, t_ms: tMs, name: "marks.changed", data: { author: "a", changes } };
}

describe("timeline", () => {
  it("finds the part of a moment and names the gap between parts", () => {
    expect(partAt(track("scope"), 999)?.id).toBe("1");
    expect(partAt(track("scope"), 5000)?.id).toBe("2");
    expect(partAt(track("scope"), 2500)).toBeNull();
    expect(gapAt(track("scope"), 2500, 9000)).toEqual({ fromMs: 1000, toMs: 4000 });
    expect(gapAt(track("scope"), 7000, 9000)).toEqual({ fromMs: 6000, toMs: 9000 });
  });

  it("offers scope before hand before cameras, and the host's camera first", () => {
    const tracks = [track("camera", "viewer"), track("camera"), track("hand"), track("scope")];
    const sources = pictureTracks({ tracks } as unknown as ReplayManifest).map((one) => [one.source, one.role]);
    expect(sources).toEqual([["scope", "host"], ["hand", "host"], ["camera", "host"], ["camera", "viewer"]]);
  });

  it("reads a moment from an address and holds it inside", () => {
    expect(momentFrom("1.5", 9000)).toBe(1500);
    expect(momentFrom("99", 9000)).toBe(9000);
    expect(momentFrom("x", 9000)).toBe(0);
    expect(momentFrom(null, 9000)).toBe(0);
  });

  it("begins where the main picture does, or the first one if that is much earlier", () => {
    const from = (source: "scope" | "hand", startMs: number): ReplayTrack => {
      const whole = track(source);
      return { ...whole, parts: whole.parts.slice(0, 1).map((part) => ({ ...part, start_ms: startMs })) };
    };
    const first = (...tracks: ReplayTrack[]): number => firstPictureMs({ tracks } as unknown as ReplayManifest);

    expect(first(from("hand", 1900), from("scope", 2000))).toBe(2000);
    expect(first(from("hand", 1900), from("scope", 60_000))).toBe(1900);
    expect(first()).toBe(0);
  });

  it("knows the chapter of a moment", () => {
    expect([-1, 0, 150, 900].map((at) => chapterIndexAt([0, 100, 200], at))).toEqual([-1, 0, 1, 2]);
  });
});

describe("story", () => {
  it("shows a live mark from the frame it was drawn on, not from when it was told", () => {
    const teller = new Storyteller([added(1, "m", 3000, 2200)], ORIGIN);
    expect(teller.at(2199).marks.marks.size).toBe(0);
    expect(teller.at(2200).marks.marks.size).toBe(1);
  });

  it("tells the same going forward, going back and jumping", () => {
    const events = [added(1, "a", 1000, 900), added(2, "b", 2000, 1900), removed(3, "a", 3000)];
    const walk = new Storyteller(events, ORIGIN);
    const moments = [3500, 950, 2500, 0, 3000, 1950, 899];
    for (const moment of moments) {
      const fresh = new Storyteller(events, ORIGIN).at(moment);
      expect([...walk.at(moment).marks.marks.keys()]).toEqual([...fresh.marks.marks.keys()]);
    }
  });

  it("goes back over more events than it keeps", () => {
    const events = Array.from({ length: 950 }, (_, index) => added(index, `m${index}`, index * 10, index * 10));
    const teller = new Storyteller(events, ORIGIN);
    expect(teller.at(9490).marks.marks.size).toBe(950);
    expect(teller.at(4005).marks.marks.size).toBe(401);
  });

  it("puts an anchored mark on the time of its frame", () => {
    const { changes } = added(1, "m", 3000, 2200).data as { changes: { put: Parameters<typeof anchored>[0][] } };
    expect(anchored(changes.put[0]!).created_ms).toBe(ORIGIN + 2200);
  });

  it("fills the lanes once a mark and with the moment a comment speaks of", () => {
    const comment = (at: number | null): ReplayEvent => ({
      seq: 9, t_ms: 700, name: "comment.posted",
      data: { comment: "c", parent: null, author_name: "周琳", author_subject: "u", body: "边界?", media_time_ms: at, posted_at_ms: 0 },
    });
    expect(markLane([added(1, "m", 3000, 2200), added(2, "m", 4000, 2200)], ORIGIN).map((one) => one.atMs)).toEqual([2200]);
    expect(commentLane([comment(null), comment(300)]).map((one) => one.atMs)).toEqual([700, 300]);
  });
});

describe("clock", () => {
  it("runs at its speed, stands when paused and stops at the end", () => {
    const clock = new PlayClock(10_000);
    clock.play(0);
    expect(clock.at(1000)).toBe(1000);
    clock.setSpeed(2, 1000);
    expect(clock.at(2000)).toBe(3000);
    clock.pause(2000);
    expect(clock.at(9000)).toBe(3000);
    clock.seek(9900, 9000);
    clock.play(9000);
    expect(clock.at(20_000)).toBe(10_000);
  });

  it("begins anew when played at the end", () => {
    const clock = new PlayClock(1000);
    clock.seek(1000, 0);
    clock.play(0);
    expect(clock.at(10)).toBe(10);
  });
});

describe("keeping a picture on the clock", () => {
  it("lets be, nudges, seeks", () => {
    expect(correction(1010, 1000, true, 1)).toEqual({ seekTo: null, rate: 1 });
    expect(correction(1100, 1000, true, 1).rate).toBeLessThan(1);
    expect(correction(900, 1000, true, 1).rate).toBeGreaterThan(1);
    expect(correction(2000, 1000, true, 1).seekTo).toBe(1000);
  });

  it("puts a paused picture on the spot", () => {
    expect(correction(1020, 1000, false, 1).seekTo).toBe(1000);
    expect(correction(1001, 1000, false, 1).seekTo).toBeNull();
  });
});
