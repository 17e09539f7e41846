/** What is shown of files before they are opened, and addresses for players. */
import { call, callForBlob } from "./access";

/** What is shown of a file: a small picture, or the levels of a sound. */
export function preview(file: string): Promise<Blob> {
  return callForBlob(`/files/${encodeURIComponent(file)}/preview`);
}

/** A signed address for a player; it opens for ten minutes. */
export function link(file: string): Promise<{ url: string; expires_at: string }> {
  return call(`/files/${encodeURIComponent(file)}/link`, { method: "POST", body: {} });
}
