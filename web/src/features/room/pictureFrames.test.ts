import { describe, expect, it } from "vitest";

import { PictureFrames } from "./pictureFrames";

/** One picture whose frames come to the screen so long after they were captured, 30 a second. */
class Watched {
  private readonly frames = new PictureFrames();
  private nowMs = 0;

  after(seconds: number, latencyMs: number): string | undefined {
    const until = this.nowMs + seconds * 1_000;
    for (; this.nowMs < until; this.nowMs += 33) {
      const captureMs = this.nowMs - latencyMs;
      const frame = { captureMs, rtpTimestamp: null, rid: "", frameAtMs: this.nowMs, video: document.createElement("video") };
      this.frames.frame("e.scope", frame, this.nowMs);
    }
    return this.frames.latency("e.scope")?.grade;
  }
}

describe("the alarm of a picture that is late, capture to screen", () => {
  it("is silent up to 300 ms and given above, once that has lasted 3 s", () => {
    const picture = new Watched();

    expect(picture.after(10, 300)).toBe("good");
    expect(picture.after(2.5, 301)).toBe("good");
    expect(picture.after(2.5, 301)).toBe("fair");
    expect(picture.after(6, 701)).toBe("poor");
    expect(picture.after(6, 250)).toBe("good");
  });

  it("is not given for a short stretch, nor judged by frames whose capture time is not known", () => {
    const picture = new Watched();

    expect(picture.after(5, 200)).toBe("good");
    expect(picture.after(2, 900)).toBe("good");
    expect(picture.after(5, 200)).toBe("good");
    expect(new PictureFrames().latency("e.scope")).toBeNull();
  });
});
