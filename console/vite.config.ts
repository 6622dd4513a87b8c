import path from 'node:path';
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { apiDoor } from './dev/api_door';

const here = path.dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  plugins: [react(), apiDoor()],
  resolve: { alias: { '~': path.join(here, 'src') } },
  server: { host: '127.0.0.1', port: 5174, strictPort: true },
  build: {
    outDir: path.join(here, '../build/console'),
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of its own under /assets, named by its content; nothing is inlined as a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        // A file for each icon would cost more than it saves.
        experimentalMinChunkSize: 12_000,
        manualChunks: {
          react: ['react', 'react-dom', 'react-dom/client', 'react-router-dom', '@tanstack/react-query'],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['dev/globals.ts'] },
});
