import * as questions from "@/api/questions";
import type { QuestionId } from "@/kernel/ids";

import type { ShareDesk } from "./shareDesk";

export function questionShares(question: QuestionId): ShareDesk {
  return {
    list: () => questions.shares(question),
    make: (hours) => questions.share(question, hours),
    revoke: (share) => questions.revokeShare(question, share),
  };
}
