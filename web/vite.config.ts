import { fileURLToPath } from "node:url";

import { VantResolver } from "@vant/auto-import-resolver";
import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import Components from "unplugin-vue-components/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { VitePWA } from "vite-plugin-pwa";

const SERVER = process.env["SCOPECAST_SERVER"] ?? "http://127.0.0.1:8080";

/** Taken by the server (UX 3): never answered by the service worker, forwarded in development. */
const SERVER_PATHS = ["api", "socket.io", "whip", "whep", "live", "replay", "dicomweb", "fhir", "healthz", "readyz", "metrics"];

const proxy = Object.fromEntries(
  SERVER_PATHS.map((path) => [`/${path}`, { target: SERVER, ws: path === "socket.io", changeOrigin: false }]),
);

/** Vant's icons come with a font of 30 KB; ours are the few that its components show, as masks. */
const ownVantIcons: Plugin = {
  name: "own-vant-icons",
  enforce: "pre",
  resolveId(id, importer) {
    const ofVant = id.endsWith("icon/index.css") && importer?.includes("/vant/") === true;
    return ofVant ? fileURLToPath(new URL("./src/ui/vantIcons.css", import.meta.url)) : null;
  },
};

export default defineConfig({
  define: { __VUE_I18N_LEGACY_API__: false, __VUE_I18N_FULL_INSTALL__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  plugins: [
    vue(),
    ownVantIcons,
    Components({ dirs: [], dts: false, resolvers: [ElementPlusResolver({ importStyle: "css" }), VantResolver()] }),
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      manifest: {
        name: "Scopecast 内镜教学",
        short_name: "Scopecast",
        description: "内镜教学直播与回放",
        lang: "zh-CN",
        start_url: "/app",
        scope: "/",
        display: "standalone",
        background_color: "#f5f7f8",
        theme_color: "#ffffff",
        icons: [
          { src: "/icons/scopecast-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icons/scopecast-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icons/scopecast-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icons/scopecast.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,png}"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [new RegExp(`^/(${SERVER_PATHS.join("|").replace(".", "\\.")})(/|$)`)],
        runtimeCaching: [],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  resolve: {
    alias: [
      { find: "@", replacement: fileURLToPath(new URL("./src", import.meta.url)) },
      // Replay plays one track a playlist: no captions, keys or alternative tracks of hls.js are needed.
      // The browser's own resolves an address; the library for it would be a part more of every first load.
      { find: "url-parse", replacement: fileURLToPath(new URL("./src/uploads/urlParse.ts", import.meta.url)) },
      { find: /^hls\.js$/, replacement: "hls.js/light" },
    ],
  },
  build: { target: "es2022", manifest: true, sourcemap: false, chunkSizeWarningLimit: 700 },
  server: { proxy, host: "127.0.0.1" },
  preview: { proxy, host: "127.0.0.1" },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    server: { deps: { inline: ["element-plus", "vant"] } },
    css: false,
    restoreMocks: true,
  },
});
