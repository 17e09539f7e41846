/** What a share link is worth now, for its row in the list. Pure. */
import type { KeptShare } from "@/contract/platform";

export type LinkState = "open" | "revoked" | "expired";

export function linkState(share: Pick<KeptShare, "revoked" | "expires_at">, now: number): LinkState {
  if (share.revoked) return "revoked";
  return Date.parse(share.expires_at) <= now ? "expired" : "open";
}
