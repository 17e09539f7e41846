/** What file choosers offer; the server looks at the content. */
export const ACCEPT = [
  "image/png", "image/jpeg", "image/webp", "application/pdf",
  "audio/*", ".mp3", ".m4a", ".wav", ".weba", ".ogg", "video/mp4", "video/webm", "video/quicktime", ".mov",
  ".docx", ".xlsx", ".pptx",
].join(",");
