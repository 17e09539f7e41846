/** What the dialog of share links needs of the thing that is shared. */
import * as questions from "@/api/questions";
import * as sessions from "@/api/sessions";
import type { KeptShare, QuestionShare, Share } from "@/contract/platform";
import type { QuestionId, SessionId } from "@/kernel/ids";

export interface ShareDesk {
  readonly list: () => Promise<readonly KeptShare[]>;
  readonly make: (hours: number) => Promise<Share | QuestionShare>;
  readonly revoke: (share: string) => Promise<unknown>;
}

export function sessionShares(session: SessionId): ShareDesk {
  return {
    list: () => sessions.shares(session),
    make: (hours) => sessions.share(session, hours),
    revoke: (share) => sessions.revokeShare(session, share),
  };
}

export function questionShares(question: QuestionId): ShareDesk {
  return {
    list: () => questions.shares(question),
    make: (hours) => questions.share(question, hours),
    revoke: (share) => questions.revokeShare(question, share),
  };
}
