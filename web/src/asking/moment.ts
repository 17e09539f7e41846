/** The moment that a question is about, and the element that shows it. */
export interface AskedMoment {
  readonly session: string;
  readonly scene: "live" | "replay";
  readonly atMs: number | null;
  readonly source: string | null;
  readonly video: HTMLVideoElement | null;
}
