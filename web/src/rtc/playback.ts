/** Voices of the room on one hidden audio element each, and what to do when the browser blocks sound. */
export class VoicePlayback {
  private readonly elements = new Map<string, HTMLAudioElement>();

  /** `blocked` is told when a tap is needed before anything can be heard. */
  constructor(private readonly blocked: (needed: boolean) => void) {}

  /** These publications are to be heard, each from this track. */
  set(voices: ReadonlyMap<string, MediaStreamTrack>): void {
    for (const [publication, element] of this.elements) {
      if (!voices.has(publication)) {
        element.srcObject = null;
        this.elements.delete(publication);
      }
    }
    for (const [publication, track] of voices) this.hear(publication, track);
  }

  private hear(publication: string, track: MediaStreamTrack): void {
    const element = this.elements.get(publication) ?? new Audio();
    this.elements.set(publication, element);
    const current = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined;
    if (current === track) return;
    element.srcObject = new MediaStream([track]);
    void this.play(element);
  }

  private async play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === "NotAllowedError") this.blocked(true);
      else if (!(thrown instanceof DOMException && thrown.name === "AbortError")) throw thrown;
    }
  }

  /** After the person's tap: everything plays. */
  async unblock(): Promise<void> {
    this.blocked(false);
    await Promise.all([...this.elements.values()].map((element) => this.play(element)));
  }

  close(): void {
    this.set(new Map());
  }
}
