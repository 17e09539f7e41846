/** The page that a person goes to next: its code and words are fetched while this one is read. */
import type { RouteLocationRaw, Router } from "vue-router";

import { toAppError } from "./errors";
import { needMessages } from "./i18n";
import { log } from "./log";

type Load = () => Promise<unknown>;

/** Components of ours are objects; a function loads one. */
function isLoader(component: unknown): component is Load {
  return typeof component === "function";
}

/** Fetches what the page at `to` is made of; a failure is no fault yet: navigation asks again. */
export async function fetchPage(router: Router, to: RouteLocationRaw): Promise<void> {
  const { matched } = router.resolve(to);
  const parts = matched.flatMap((record) => Object.values(record.components ?? {}));
  try {
    await Promise.all([
      ...parts.filter(isLoader).map((load) => load()),
      needMessages(matched.flatMap((record) => record.meta.messages ?? [])),
    ]);
  } catch (thrown) {
    log.debug("page.not_fetched", { code: toAppError(thrown).code });
  }
}
