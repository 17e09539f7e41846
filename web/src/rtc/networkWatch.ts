/** Tells when this device is on another network, as far as the browser says: back online, or of another type. */

/** Not every browser has it, and `type` is known on phones alone. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

export class NetworkWatch {
  private readonly information: NetworkInformation | undefined = (
    navigator as Navigator & { readonly connection?: NetworkInformation }
  ).connection;
  private type = this.information?.type;

  constructor(private readonly came: () => void) {
    window.addEventListener("online", this.came);
    this.information?.addEventListener("change", this.changed);
  }

  rest(): void {
    window.removeEventListener("online", this.came);
    this.information?.removeEventListener("change", this.changed);
  }

  /** Rates and round trips are told by the same event: only another type is another network. */
  private readonly changed = (): void => {
    const type = this.information?.type;
    if (type === this.type) return;
    this.type = type;
    if (type !== "none") this.came();
  };
}
