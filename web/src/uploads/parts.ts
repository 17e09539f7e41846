/** The parts that pages show, loaded with their words when first shown. */
import { defineAsyncComponent } from "vue";

import { needMessages } from "@/kernel/i18n";

import { uploadMessages } from "./messages";

async function words(): Promise<void> {
  await needMessages([uploadMessages]);
}

export const UploadButtons = defineAsyncComponent(async () => (await Promise.all([import("./UploadButtons.vue"), words()]))[0]);
export const PreviewPicture = defineAsyncComponent(() => import("./PreviewPicture.vue"));
export const NoPreview = defineAsyncComponent(async () => (await Promise.all([import("./NoPreview.vue"), words()]))[0]);
export const SoundPlayer = defineAsyncComponent(async () => (await Promise.all([import("./SoundPlayer.vue"), words()]))[0]);
export const VideoPlayer = defineAsyncComponent(async () => (await Promise.all([import("./VideoPlayer.vue"), words()]))[0]);
export const FileMore = defineAsyncComponent(async () => (await Promise.all([import("./FileMore.vue"), words()]))[0]);
export const UploadRows = defineAsyncComponent(async () => (await Promise.all([import("./UploadRows.vue"), words()]))[0]);
