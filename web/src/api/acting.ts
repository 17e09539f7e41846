/** For which of one's organisations this tab acts; nothing said: where one belongs. */
import { forgetfulStorage } from "@/kernel/storage";

const KEY = "scopecast.node";
const tabStorage = forgetfulStorage(() => window.sessionStorage);

export function actingNode(): string | null {
  return tabStorage.read(KEY);
}

/** From the next call on; pages that are open know nothing of it. */
export function actFor(node: string | null): void {
  if (node === null) tabStorage.remove(KEY);
  else tabStorage.write(KEY, node);
}
