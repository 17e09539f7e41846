/** Files and stills. */
import type { StoredFile } from "@/contract/platform";
import type { FileId, SessionId, StillId } from "@/kernel/ids";

import { call, callForBlob } from "./access";

/** What file choosers offer; the server looks at the content. */
export const ACCEPT = [
  "image/png", "image/jpeg", "image/webp", "application/pdf",
  "audio/*", ".mp3", ".m4a", ".wav", ".weba", ".ogg", "video/mp4", "video/webm", "video/quicktime", ".mov",
  ".docx", ".xlsx", ".pptx",
].join(",");

export function upload(file: File): Promise<StoredFile> {
  const form = new FormData();
  form.set("file", file, file.name);
  return call("/files", { method: "POST", body: form });
}

export function download(file: FileId): Promise<Blob> {
  return callForBlob(`/files/${encodeURIComponent(file)}`);
}

/** What is shown of a file: a small picture, or the levels of a sound. */
export function preview(file: string): Promise<Blob> {
  return callForBlob(`/files/${encodeURIComponent(file)}/preview`);
}

/** A signed address for a player; it opens for ten minutes. */
export function link(file: string): Promise<{ url: string; expires_at: string }> {
  return call(`/files/${encodeURIComponent(file)}/link`, { method: "POST", body: {} });
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
