// How is the dashboard built and served in development? It must never emit inline script or style: the page's policy forbids both.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const gateway = process.env.OMNI2_URL ?? "http://127.0.0.1:8000";
const toGateway = { target: gateway, changeOrigin: true, headers: { origin: gateway } };

/** Holds the first paint until the stored theme has been read, so that it cannot flash. */
const paintAfterTheme: Plugin = {
  name: "paint-after-theme",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), paintAfterTheme],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 400,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": toGateway, "/health": toGateway, "/mcp": toGateway, "/ws": { ...toGateway, ws: true } },
  },
});
