/** Uploads under way; their bytes go by tus (`uploads/sending.ts`). */
import type { StoredFile, UploadUnderWay } from "@/contract/platform";

import { call } from "./access";
import { API } from "./http";

export const ENDPOINT = `${API}/uploads`;
const FINISH_MS = 180_000;

/** What the signed-in person has under way, on whatever device it began. */
export async function underWay(): Promise<readonly UploadUnderWay[]> {
  return (await call<{ items: readonly UploadUnderWay[] }>("/uploads")).items;
}

/** Makes a file of an upload that is whole; asking again gives the same file. */
export function finish(address: string): Promise<StoredFile> {
  return call(`${address.slice(address.indexOf(API) + API.length)}/finish`, { method: "POST", body: {}, timeoutMs: FINISH_MS });
}

export function addressOf(upload: UploadUnderWay): string {
  return `${ENDPOINT}/${upload.id}`;
}

export function giveUp(upload: UploadUnderWay): Promise<undefined> {
  return call(`/uploads/${upload.id}`, { method: "DELETE" });
}
