/** From an error's code to what a person reads. */
import type { AppError } from "./errors";
import { hasWords, translate } from "./i18n";

/** The sentence for this error: our own words for the code, else the server's, else a general one with its number. */
export function sentenceFor(error: AppError): string {
  const key = `error.${error.code}`;
  if (hasWords(key)) return translate(key, { ...error.params, minutes: minutesOf(error.retryAfterS) });
  if (error.detail !== undefined && error.detail !== "") return error.detail;
  return translate("state.error.text", { id: error.errorId ?? error.code });
}

function minutesOf(seconds: number | undefined): number {
  return Math.max(1, Math.ceil((seconds ?? 60) / 60));
}
