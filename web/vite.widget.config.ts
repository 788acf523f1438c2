import { join } from 'node:path';
import { defineConfig } from 'vite';

/** One classic script under a name that never changes, so that a page of anyone can load it by one tag. */
export default defineConfig({
  publicDir: false,
  build: {
    emptyOutDir: false,
    sourcemap: false,
    target: 'es2023',
    lib: {
      entry: join(import.meta.dirname, 'src/widget/main.ts'),
      formats: ['iife'],
      name: 'troupeWidget',
      fileName: () => 'widget.js',
    },
  },
});
