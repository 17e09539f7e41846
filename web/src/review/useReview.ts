/** One review on a screen: how it stands, and what is done with it. */
import { shallowRef } from "vue";
import type { ShallowRef } from "vue";

import * as api from "@/api/reviews";
import type { Reviewed } from "@/api/reviews";
import type { Review, ReviewActName } from "@/contract/platform";
import { useTask } from "@/ui/useTask";
import type { Task } from "@/ui/useTask";

export interface ReviewDesk {
  readonly review: ShallowRef<Review | null>;
  readonly load: Task<[]>;
  readonly act: Task<[ReviewActName, unknown?]>;
}

/** `moved` hears of every act that went well, so that the screen shows the thing as it is now. */
export function useReview(what: Reviewed, moved: () => void): ReviewDesk {
  const review = shallowRef<Review | null>(null);
  const load = useTask(async () => { review.value = await api.show(what); });
  const act = useTask(async (name: ReviewActName, body?: unknown) => {
    review.value = await api.act(what, name, body);
    moved();
  });
  return { review, load, act };
}
