/** Files and stills. */
import type { DeleteReason, FileHistory, Retention, StoredFile } from "@/contract/platform";
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

function at(file: FileId, what: string): string {
  return `/files/${encodeURIComponent(file)}/${what}`;
}

/** The versions of a file, and how long it is kept. */
export function history(file: FileId): Promise<FileHistory> {
  return call(at(file, "versions"));
}

/** Makes another of one's own files the next version of this one. */
export function addVersion(file: FileId, newer: FileId): Promise<StoredFile> {
  return call(at(file, "versions"), { method: "POST", body: { file: newer } });
}

/** Marks one's own file as deleted: nobody opens it any more. */
export function remove(file: FileId, reason: DeleteReason): Promise<undefined> {
  return call(at(file, "delete"), { method: "POST", body: { reason } });
}

export function keep(file: FileId, retention: Retention): Promise<undefined> {
  return call(at(file, "retention"), { method: "POST", body: { retention } });
}

/** The picture of a still that this person froze or kept. */
export function storeStill(session: SessionId, still: StillId, picture: Blob): Promise<{ url: string }> {
  const path = `/sessions/${encodeURIComponent(session)}/stills/${encodeURIComponent(still)}`;
  return call(path, { method: "POST", body: picture });
}
