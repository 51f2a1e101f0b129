import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  base: './',
  define: { 'process.env': {}, global: 'globalThis' },
  build: { minify: false, reportCompressedSize: false, chunkSizeWarningLimit: 10000 },
});
