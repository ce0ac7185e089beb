import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// During development the pages come from Vite and everything else from a running server.
const server = process.env.TUNGNHA_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // Fonts and images stay files of their own: a data: URL would need a wider policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1300,
    rollupOptions: {
      output: { manualChunks: (id) => (id.includes('node_modules/maplibre-gl') ? 'maplibre' : undefined) },
    },
  },
  server: { proxy: { '/api': server, '/tiles': server, '/openapi.json': server } },
  test: { include: ['src/**/*.test.ts'] },
});
