/** Requests of the catalogue, parted by whether they are acknowledged. */
import type { RATES, RequestName } from "@/contract/signaling";

export type TellName = {
  [N in RequestName]: (typeof RATES)[N]["volatile"] extends true ? N : never;
}[RequestName];
export type AskName = Exclude<RequestName, TellName>;
