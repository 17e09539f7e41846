/** What Ctrl K asks the server for: people, sessions and questions, each by those who may see them, a few at most. */
import * as sessions from "@/api/sessions";
import * as tables from "@/api/tables";
import * as users from "@/api/users";
import { asFirstRows } from "@/tables/firstRows";

import type { SearchOption } from "./searchOptions";

export interface SearchSource {
  /** Its heading is `shell.{key}`. */
  readonly key: "people" | "sessions" | "questions";
  /** The right without which it is not asked. */
  readonly needs: string;
  readonly find: (words: string) => Promise<readonly SearchOption[]>;
}

const MOST = 6;

function hint(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(" · ");
}

/** `go` leads to a place of the app. */
export function searchSources(go: (to: string) => void): readonly SearchSource[] {
  return [
    {
      key: "people",
      needs: "users.manage",
      async find(words) {
        const found = await users.findBelow(words);
        return found.slice(0, MOST).map((each) => ({
          id: `person-${each.id}`, name: each.name, hint: hint(each.title, each.organisation_name), run: () => { go(`/app/admin/users?f=id:is:${each.id}`); },
        }));
      },
    },
    {
      key: "sessions",
      needs: "sessions.view",
      async find(words) {
        const { items } = await sessions.list({ state: "all", q: words, limit: MOST });
        return items.map((each) => ({ id: `session-${each.id}`, name: each.title, hint: hint(each.expert_name, each.hospital), run: () => { go(`/app/teaching/${each.id}`); } }));
      },
    },
    {
      key: "questions",
      needs: "qa.view",
      async find(words) {
        const { rows } = asFirstRows(await tables.found("questions", words, ["title", "asker_id", "organisation_name"], MOST));
        return rows.map(({ key, word }) => ({ id: `question-${key}`, name: word("title"), hint: hint(word("asker_id"), word("organisation_name")), run: () => { go(`/app/qa/${key}`); } }));
      },
    },
  ];
}
