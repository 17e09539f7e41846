import { ACCEPTED_TYPES, MAX_FILE_BYTES } from "@/api/files";

/** What can be said of a file before it is sent; the server looks at its content. */
export function uploadFault(file: Pick<File, "size" | "type">): "tooLarge" | "wrongType" | null {
  if (file.size > MAX_FILE_BYTES) return "tooLarge";
  return ACCEPTED_TYPES.some((type) => type === file.type) ? null : "wrongType";
}
