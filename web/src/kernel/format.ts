/** Dates, durations and numbers as UX 7 writes them. Times are ms since 1970 UTC or ISO text. */
import { currentLocale } from "./i18n";
import type { Locale } from "./i18n";

export const TIME_ZONE = "Asia/Shanghai";

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

const partsFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: TIME_ZONE, hourCycle: "h23",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export type Instant = number | string | Date;

function partsOf(instant: Instant): Parts {
  const found: Record<string, string> = {};
  for (const part of partsFormat.formatToParts(new Date(instant))) found[part.type] = part.value;
  const { year = "", month = "", day = "", hour = "", minute = "", second = "" } = found;
  return { year, month, day, hour, minute, second };
}

/** 14:05 */
export function timeOfDay(instant: Instant): string {
  const { hour, minute } = partsOf(instant);
  return `${hour}:${minute}`;
}

/** 10:32:07 */
export function timeWithSeconds(instant: Instant): string {
  const { hour, minute, second } = partsOf(instant);
  return `${hour}:${minute}:${second}`;
}

/** 2026年11月22日 / 22 Nov 2026 */
export function date(instant: Instant, locale: Locale = currentLocale()): string {
  const { year, month, day } = partsOf(instant);
  if (locale === "en") return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ""} ${year}`;
  return `${year}年${Number(month)}月${Number(day)}日`;
}

/** 2026年11月22日 14:05 / 22 Nov 2026, 14:05 */
export function dateTime(instant: Instant, locale: Locale = currentLocale()): string {
  return `${date(instant, locale)}${locale === "en" ? ", " : " "}${timeOfDay(instant)}`;
}

/** For trails: 2026-11-22 14:05:09, always whole. */
export function dateTimeWithSeconds(instant: Instant): string {
  const { year, month, day } = partsOf(instant);
  return `${year}-${month}-${day} ${timeWithSeconds(instant)}`;
}

/** For tables: 11-22 14:05 in the current year, else 2026-11-22 14:05. */
export function tableDateTime(instant: Instant, now: Instant = Date.now()): string {
  const { year, month, day } = partsOf(instant);
  const thisYear = partsOf(now).year === year;
  return `${thisYear ? "" : `${year}-`}${month}-${day} ${timeOfDay(instant)}`;
}

/** Same calendar day in our time zone. */
export function sameDay(one: Instant, other: Instant): boolean {
  const a = partsOf(one);
  const b = partsOf(other);
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** 48:10, from one hour on 1:02:03; pieces of a second are cut off. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = total % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}

/** The clock of a live room: always 00:42:10. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}

/** 1,260,000 */
export function count(value: number): string {
  return new Intl.NumberFormat("en-US").format(value);
}

/** 0, 12, 999, 999+ */
export function badge(value: number): string {
  return value > 999 ? "999+" : String(value);
}

/** 4.1 (Mbit/s) from bits per second, one decimal below 10. */
export function megabits(bitsPerSecond: number): string {
  const value = bitsPerSecond / 1e6;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** 0.24 (seconds) from ms. */
export function latencySeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** 1.2 MB */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The wall clock of our time zone for a date-time field: 2026-11-22T14:05:00. */
export function toWallClock(instant: Instant): string {
  const { year, month, day, hour, minute, second } = partsOf(instant);
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

/** The moment that a date-time field means; our time zone has no summer time. */
export function fromWallClock(text: string): string {
  const seconds = text.length === 16 ? ":00" : "";
  return new Date(`${text}${seconds}+08:00`).toISOString();
}
