import { describe, expect, it } from "vitest";

import type { ReplayTrack } from "@/contract/replay";

import { FrameSteps } from "./frameSteps";

const TIMES: Readonly<Record<string, readonly number[]>> = {
  a: [1000, 1040, 1075.3, 1200],
  b: [1240.2, 1280],
};

function track(): ReplayTrack {
  const segments = [
    { name: "a", start_ms: 1000, duration_ms: 240 },
    { name: "b", start_ms: 1240, duration_ms: 80 },
  ];
  const part = {
    id: "t01p001",
    codec: "H264",
    codec_string: "avc1.42e01f",
    width: 640,
    height: 360,
    start_ms: 1000,
    end_ms: 1320,
    state: "ready" as const,
    playlist: "t01p001.m3u8",
    segments,
  };
  return { publication: "e.scope", participant: "e", participant_name: "", role: "host", source: "scope", kind: "video", parts: [part] };
}

describe("frame by frame", () => {
  const asked: string[] = [];
  const steps = new FrameSteps((segment) => {
    asked.push(segment);
    return Promise.resolve(TIMES[segment] ?? []);
  });

  it("goes by the frames' own times, over the edge of a segment too", async () => {
    expect(await steps.beside(track(), 1075.3, 1)).toBe(1200);
    expect(await steps.beside(track(), 1100, -1)).toBe(1040);
    expect(await steps.beside(track(), 1239, 1)).toBe(1280);
    expect(await steps.beside(track(), 1210, 1)).toBe(1240.2);
    expect(await steps.beside(track(), 1240, -1)).toBe(1200);
  });

  it("ends at both ends and asks for each segment once", async () => {
    expect(await steps.beside(track(), 1000, -1)).toBeNull();
    expect(await steps.beside(track(), 1290, 1)).toBeNull();
    expect(await steps.beside(track(), 0, 1)).toBe(1000);
    expect([...asked].sort()).toEqual(["a", "b"]);
  });
});
