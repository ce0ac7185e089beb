import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// During development the pages come from Vite and everything else from a running server.
const server = process.env.TUNGNHA_SERVER ?? 'http://127.0.0.1:8080';

/** Which file of the build answers which addresses: api/pages.go does the same. */
const pages: [file: string, addresses: RegExp][] = [
  ['commune.html', /^\/communes\/[^/]+$/],
  ['tables.html', /^\/(teams|flags|data)$/],
];

/** What every page needs is one file: it compresses better than several. */
const common =
  /vite\/modulepreload-polyfill|\/node_modules\/(react|react-dom|scheduler|i18next|react-i18next)\/|\/src\/(view|server|text|symbology|components)\//;

export default defineConfig({
  plugins: [
    react(),
    {
      name: 'pages',
      configureServer: ({ middlewares }) => {
        middlewares.use((request, _, next) => {
          const [path = '', query] = (request.url ?? '').split('?');
          const file = pages.find(([, addresses]) => addresses.test(path))?.[0];
          if (file) request.url = `/${file}${query ? `?${query}` : ''}`;
          next();
        });
      },
    },
  ],
  build: {
    target: 'es2022',
    // Fonts and images stay files of their own: a data: URL would need a wider policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1300,
    rollupOptions: {
      // The worker that keeps a commune's page has an address of its own, which must not change.
      input: {
        index: 'index.html',
        commune: 'commune.html',
        tables: 'tables.html',
        'communes-worker': 'src/commune/worker.ts',
      },
      output: {
        entryFileNames: ({ name }) => (name === 'communes-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
        manualChunks: (id) => {
          if (id.includes('node_modules/maplibre-gl')) return 'maplibre';
          return common.test(id) ? 'common' : undefined;
        },
      },
    },
  },
  server: { proxy: { '/api': server, '/tiles': server, '/openapi.json': server } },
  test: { include: ['src/**/*.test.ts'] },
});
