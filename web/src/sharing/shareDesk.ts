/** What the dialog of share links needs of the thing that is shared. */
import type { KeptShare, QuestionShare, Share } from "@/contract/platform";

export interface ShareDesk {
  readonly list: () => Promise<readonly KeptShare[]>;
  readonly make: (hours: number) => Promise<Share | QuestionShare>;
  readonly revoke: (share: string) => Promise<unknown>;
}
