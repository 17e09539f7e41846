/** How late the picture is (capture to screen), calm enough to be read (UX 6). */
export type LatencyGrade = "good" | "fair" | "poor";

export interface LatencyShown {
  readonly ms: number;
  readonly grade: LatencyGrade;
}

const GRADE_HOLD_MS = 3_000;
const FIGURE_EVERY_MS = 1_000;
const WINDOW = 60;

export function gradeOf(ms: number): LatencyGrade {
  if (ms <= 300) return "good";
  return ms <= 700 ? "fair" : "poor";
}

/** What is said in words: never more than the figure beside it shows, which moves before its colour does. */
export function alarmOf({ ms, grade }: LatencyShown): LatencyGrade {
  const now = gradeOf(ms);
  return now === "good" || grade === "poor" ? now : grade;
}

/** Takes one figure a frame; shows the median, its colour changes only after 3 s of another grade. */
export class LatencyMeter {
  private recent: number[] = [];
  private shown: LatencyShown | null = null;
  private shownAtMs = Number.NEGATIVE_INFINITY;
  private otherSinceMs: number | null = null;

  frame(latencyMs: number, nowMs: number): LatencyShown {
    this.recent = [...this.recent.slice(1 - WINDOW), Math.max(0, latencyMs)];
    const median = this.median();
    const grade = this.settledGrade(gradeOf(median), nowMs);
    if (this.shown === null || nowMs - this.shownAtMs >= FIGURE_EVERY_MS || grade !== this.shown.grade) {
      this.shown = { ms: median, grade };
      this.shownAtMs = nowMs;
    }
    return this.shown;
  }

  private settledGrade(grade: LatencyGrade, nowMs: number): LatencyGrade {
    const before = this.shown?.grade ?? grade;
    if (grade === before) {
      this.otherSinceMs = null;
      return before;
    }
    this.otherSinceMs ??= nowMs;
    if (nowMs - this.otherSinceMs < GRADE_HOLD_MS) return before;
    this.otherSinceMs = null;
    return grade;
  }

  private median(): number {
    const sorted = [...this.recent].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }
}
