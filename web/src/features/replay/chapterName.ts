/** What a chapter is called on the screen. */
import type { ReplayChapter } from "@/contract/replay";
import type { Words } from "@/kernel/i18n";

import { chapterWords } from "./timeline";

export function chapterName(t: Words["t"], chapter: ReplayChapter): string {
  const { key, label } = chapterWords(chapter);
  return label === "" ? t(key) : `${t(key)} ${label}`;
}
