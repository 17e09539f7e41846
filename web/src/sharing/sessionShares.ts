import * as sessions from "@/api/sessions";
import type { SessionId } from "@/kernel/ids";

import type { ShareDesk } from "./shareDesk";

export function sessionShares(session: SessionId): ShareDesk {
  return {
    list: () => sessions.shares(session),
    make: (hours) => sessions.share(session, hours),
    revoke: (share) => sessions.revokeShare(session, share),
  };
}
