/** Keeps the screen on while in a room; asked on a tap, since iOS refuses otherwise. */
import { log } from "@/kernel/log";

export class ScreenWake {
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  constructor() {
    document.addEventListener("visibilitychange", this.shown);
  }

  async keep(): Promise<void> {
    this.wanted = true;
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch (thrown) {
      if (!(thrown instanceof DOMException)) throw thrown;
      log.debug("wake.refused", { reason: thrown.name });
    }
  }

  async letGo(): Promise<void> {
    this.wanted = false;
    document.removeEventListener("visibilitychange", this.shown);
    await this.lock?.release();
    this.lock = null;
  }

  /** The browser drops the lock with the page; it is taken again when the page is back. */
  private readonly shown = (): void => {
    if (this.wanted && document.visibilityState === "visible") void this.keep();
  };
}
