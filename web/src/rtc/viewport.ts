/**
 * How large each picture is on the screen, told to the server so that it sends no more than is to be
 * seen. What is hidden or shown is told at once, a size once it has settled.
 */
import type { Shown } from "@/contract/signaling";

export const SETTLED_AFTER_MS = 250;
const MOST_TOLD = 32;

export class ViewportTeller {
  private wanted: readonly Shown[] = [];
  private told: readonly Shown[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly tell: (shown: readonly Shown[]) => Promise<unknown>) {}

  show(shown: readonly Shown[]): void {
    this.wanted = shown.slice(0, MOST_TOLD);
    this.rest();
    if (same(this.wanted, this.told)) return;
    if (seenOf(this.wanted) !== seenOf(this.told)) this.say();
    else this.timer = setTimeout(() => { this.say(); }, SETTLED_AFTER_MS);
  }

  /** Another peer, or a line that was lost: the server knows nothing of it. */
  again(): void {
    this.rest();
    if (this.wanted.length > 0) this.say();
  }

  rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private say(): void {
    const { wanted } = this;
    this.told = wanted;
    this.tell(wanted).catch(() => {
      if (this.told === wanted) this.told = [];
    });
  }
}

/** Which are to be seen, as one word. */
function seenOf(shown: readonly Shown[]): string {
  const seen = shown.filter((each) => each.width > 0 && each.height > 0);
  return seen.map((each) => each.publication).sort().join(" ");
}

function same(a: readonly Shown[], b: readonly Shown[]): boolean {
  return a.length === b.length && a.every((each, at) => {
    const other = b[at];
    return other?.publication === each.publication && other.width === each.width && other.height === each.height;
  });
}
