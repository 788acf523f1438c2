import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockApi } from './dev/mock-api.ts';

const platform = process.env.TROUPE_URL ?? 'http://127.0.0.1:8000';

/** Everything is a file of our own: the page lives under a policy of `default-src 'self'` without exceptions. */
export default defineConfig({
  plugins: [react(), tailwindcss(), ...(process.env.TROUPE_WEB_MOCK ? [mockApi()] : [])],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false },
  server: { proxy: process.env.TROUPE_WEB_MOCK ? {} : { '/web': platform, '/api': platform } },
});
