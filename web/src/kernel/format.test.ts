import { describe, expect, test } from "vitest";

import { badge, clock, count, date, dateTime, duration, fileSize, fromWallClock, megabits, sameDay, tableDateTime, timeWithSeconds, toWallClock } from "./format";

const MOMENT = "2026-11-22T06:05:07Z";

describe("dates are of our time zone whatever the browser's", () => {
  test("in both languages", () => {
    expect(dateTime(MOMENT, "zh-CN")).toBe("2026年11月22日 14:05");
    expect(dateTime(MOMENT, "en")).toBe("22 Nov 2026, 14:05");
    expect(date("2026-01-02T16:00:00Z", "zh-CN")).toBe("2026年1月3日");
    expect(timeWithSeconds(MOMENT)).toBe("14:05:07");
  });

  test("a table leaves out the current year", () => {
    expect(tableDateTime(MOMENT, "2026-12-31T00:00:00Z")).toBe("11-22 14:05");
    expect(tableDateTime(MOMENT, "2027-01-01T00:00:00Z")).toBe("2026-11-22 14:05");
  });

  test("the day changes at our midnight", () => {
    expect(sameDay("2026-11-22T15:59:59Z", "2026-11-22T00:00:00Z")).toBe(true);
    expect(sameDay("2026-11-22T16:00:00Z", "2026-11-22T00:00:00Z")).toBe(false);
  });

  test("a date-time field and the moment it means are inverse", () => {
    expect(toWallClock(MOMENT)).toBe("2026-11-22T14:05:07");
    expect(fromWallClock("2026-11-22T14:05:07")).toBe("2026-11-22T06:05:07.000Z");
    expect(fromWallClock("2026-11-22T14:05")).toBe("2026-11-22T06:05:00.000Z");
  });
});

test.each([[0, "00:00"], [2_890_999, "48:10"], [3_723_000, "1:02:03"], [-5, "00:00"]])("a duration of %i ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("numbers", () => {
  expect(clock(2_530_000)).toBe("00:42:10");
  expect(count(1_260_000)).toBe("1,260,000");
  expect([badge(0), badge(999), badge(1000)]).toEqual(["0", "999", "999+"]);
  expect([megabits(4_120_000), megabits(18_400_000)]).toEqual(["4.1", "18"]);
  expect([fileSize(12), fileSize(482_133), fileSize(1_820_331)]).toEqual(["12 B", "471 KB", "1.7 MB"]);
});
