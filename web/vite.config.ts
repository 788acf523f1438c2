import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockApi } from './dev/mock-api.ts';

/** Where `npm run dev -w web` finds the platform. */
const PLATFORM = process.env.PLATFORM_URL ?? 'http://127.0.0.1:8000';

/** Everything is a file of our own: the page lives under a policy of `default-src 'self'` without exceptions. */
export default defineConfig(({ mode }) => {
  const mocked = mode === 'mock';
  return {
    plugins: [react(), tailwindcss(), ...(mocked ? [mockApi()] : [])],
    build: {
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      sourcemap: false,
      rolldownOptions: { input: ['index.html', 'portal.html'].map(page => join(import.meta.dirname, page)) },
    },
    server: mocked ? {} : { proxy: { '/web': PLATFORM, '/api': PLATFORM } },
  };
});
