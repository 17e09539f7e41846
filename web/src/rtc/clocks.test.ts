import { describe, expect, it } from "vitest";

import { CaptureClock, rtpDifference, type ClockPoint } from "./captureClock";
import { alarmOf, LatencyMeter } from "./latency";
import { pictureState } from "./pictureAge";
import { ServerClock } from "./serverClock";

function point(rtpTimestamp: number, captureMs: number, clockRate = 90_000, sourceRtpTimestamp = 0, rid = ""): ClockPoint {
  return { rtpTimestamp, sourceRtpTimestamp, rid, captureMs, clockRate };
}

describe("CaptureClock", () => {
  it("maps a frame's RTP time to its capture time", () => {
    const clock = new CaptureClock();
    clock.point("3", point(90_000, 5_000));

    expect(clock.captureMs("3", 90_000 + 3_000)).toBeCloseTo(5_033.33, 1);
    expect(clock.captureMs("4", 90_000)).toBeNull();
  });

  it("goes through the 32-bit wrap in both directions", () => {
    const clock = new CaptureClock();
    clock.point("0", point(0xffff_ff00, 1_000));

    expect(clock.captureMs("0", 0x0000_0100)).toBeCloseTo(1_000 + (0x200 / 90_000) * 1_000);
    expect(clock.captureMs("0", 0xffff_fe00)).toBeCloseTo(1_000 - (0x100 / 90_000) * 1_000);
    expect(rtpDifference(5, 0xffff_fffb)).toBe(10);
  });

  it("judges each frame by the point that held when it was sent", () => {
    const clock = new CaptureClock();
    clock.point("0", point(0, 0, 1_000));
    clock.point("0", point(1_000, 9_000, 1_000));

    expect(clock.captureMs("0", 500)).toBe(500);
    expect(clock.captureMs("0", 1_500)).toBe(9_500);
  });

  it("names a frame in the RTP time of the layer that it came in, through both wraps", () => {
    const clock = new CaptureClock();
    clock.point("0", point(0xffff_fff0, 0, 90_000, 0xffff_fffe, "l"));
    clock.point("0", point(0x20, 1_000, 90_000, 7_000, "h"));

    expect(clock.frame("0", 0xffff_fff0)).toMatchObject({ rtpTimestamp: 0xffff_fffe, rid: "l" });
    expect(clock.frame("0", 0x1f)).toMatchObject({ rtpTimestamp: 0x2d, rid: "l" });
    expect(clock.frame("0", 0x20)).toMatchObject({ rtpTimestamp: 7_000, rid: "h" });
    expect(clock.frame("0", 0x20 + 3_000)).toMatchObject({ rtpTimestamp: 10_000, rid: "h" });
  });

  it("names no RTP time for a frame before the first point or long after the last", () => {
    const clock = new CaptureClock();
    clock.point("0", point(90_000, 5_000, 90_000, 1, "h"));

    expect(clock.frame("0", 89_999)).toMatchObject({ rtpTimestamp: null, rid: "" });
    expect(clock.frame("0", 90_000 + 8 * 90_000)).toMatchObject({ rtpTimestamp: 720_001 });
    expect(clock.frame("0", 90_001 + 8 * 90_000)).toMatchObject({ rtpTimestamp: null });
  });

  it("knows nothing any more when it was cleared, and takes no point without a rate", () => {
    const clock = new CaptureClock();
    clock.point("0", point(0, 0));
    clock.clear();
    clock.point("0", point(0, 0, 0));

    expect(clock.captureMs("0", 0)).toBeNull();
  });
});

describe("ServerClock", () => {
  it("trusts the ping with the shortest way", () => {
    const clock = new ServerClock();
    clock.sample(0, 400, 1_000_900);
    clock.sample(1_000, 1_010, 1_001_505);
    clock.sample(2_000, 2_300, 1_003_000);

    expect(clock.serverMs(3_000)).toBe(1_003_500);
    expect(clock.roundTripMs).toBe(300);
  });

  it("falls back to this machine's time before the first answer", () => {
    const clock = new ServerClock();
    expect(Math.abs(clock.serverMs(performance.now()) - Date.now())).toBeLessThan(50);
  });
});

describe("LatencyMeter", () => {
  function feed(
    meter: LatencyMeter,
    ms: number,
    from: number,
    to: number,
  ): ReturnType<LatencyMeter["frame"]> {
    let shown = meter.frame(ms, from);
    for (let now = from; now <= to; now += 33) shown = meter.frame(ms, now);
    return shown;
  }

  it("changes its colour only after 3 s of another grade", () => {
    const meter = new LatencyMeter();
    expect(feed(meter, 240, 0, 3_000)).toEqual({ ms: 240, grade: "good" });

    expect(feed(meter, 900, 3_033, 5_500).grade).toBe("good");
    expect(feed(meter, 900, 5_533, 8_500).grade).toBe("poor");
  });

  it("does not jump for a single late frame", () => {
    const meter = new LatencyMeter();
    feed(meter, 200, 0, 2_000);
    meter.frame(5_000, 2_033);

    expect(feed(meter, 200, 2_066, 4_000).ms).toBe(200);
  });
});

describe("alarmOf", () => {
  it("says no more than the figure and no sooner than the colour", () => {
    expect(alarmOf({ ms: 320, grade: "good" })).toBe("good");
    expect(alarmOf({ ms: 320, grade: "fair" })).toBe("fair");
    expect(alarmOf({ ms: 160, grade: "fair" })).toBe("good");
    expect(alarmOf({ ms: 630, grade: "poor" })).toBe("fair");
    expect(alarmOf({ ms: 710, grade: "poor" })).toBe("poor");
  });
});

describe("pictureState", () => {
  it("holds a picture older than a second, with the time at which it stopped", () => {
    expect(pictureState(null, null, 5_000, 0)).toEqual({ state: "none" });
    expect(pictureState(4_200, 77, 5_000, 0)).toEqual({ state: "live" });
    expect(pictureState(3_900, 77, 5_000, 0)).toEqual({ state: "held", captureMs: 77 });
    expect(pictureState(3_000, null, 5_000, 10_000)).toEqual({ state: "held", captureMs: 8_000 });
  });
});
