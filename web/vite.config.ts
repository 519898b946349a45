/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption } from "vite";

const SERVER = process.env.PERENNIAL_SERVER ?? "http://127.0.0.1:8000";

// `npm run dev` talks to a running server, `npm run dev:mock` to the stand-in of web/dev, which the build never sees
export default defineConfig(async ({ mode }) => {
  const plugins: PluginOption[] = [react()];
  if (mode === "mock") plugins.push((await import("./dev/server.ts")).mockServer());
  const proxy: Record<string, string> = mode === "mock" ? {} : { "/api": SERVER };
  return {
    plugins,
    resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
    server: { port: 5173, host: "127.0.0.1", proxy },
    build: {
      outDir: "../perennial/web",
      emptyOutDir: true,
      target: "es2022",
      chunkSizeWarningLimit: 1400,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
        },
      },
    },
    test: { include: ["src/**/*.test.ts"], environment: "node" },
  };
});
