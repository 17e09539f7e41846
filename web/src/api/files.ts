/** Files and stills. */
import type { StoredFile } from "@/contract/platform";
import type { FileId, SessionId, StillId } from "@/kernel/ids";

import { call, callForBlob } from "./access";

export function upload(file: File): Promise<StoredFile> {
  const form = new FormData();
  form.set("file", file, file.name);
  return call("/files", { method: "POST", body: form });
}

export function download(file: FileId): Promise<Blob> {
  return callForBlob(`/files/${encodeURIComponent(file)}`);
}

/** The bytes behind one of our file addresses (`/api/v1/files/…`), which need the token. */
export function bytesOf(url: string): Promise<Blob> {
  return callForBlob(url.replace(/^\/api\/v1/, ""));
}

/** The picture of a still that this person froze or kept. */
export function storeStill(session: SessionId, still: StillId, picture: Blob): Promise<{ url: string }> {
  const path = `/sessions/${encodeURIComponent(session)}/stills/${encodeURIComponent(still)}`;
  return call(path, { method: "POST", body: picture });
}
