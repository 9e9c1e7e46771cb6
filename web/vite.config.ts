import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'
import { preloadFont } from './build/preload-font.ts'
import { shellWorker } from './build/shell-worker.ts'
import { subsetFonts } from './build/subset-fonts.ts'

// Where `npm run dev` finds the calls that the front door carries otherwise.
const bridge = process.env.BRIDGE ?? 'http://127.0.0.1:8080'

const styles = (name: string): string => fileURLToPath(new URL(`./src/styles/${name}`, import.meta.url))

export default defineConfig({
  plugins: [vue(), tailwindcss(), preloadFont(/inter-latin-wght-normal/), shellWorker(), subsetFonts(styles('fonts.css')), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    proxy: { '^/(user|note)\\.': { target: bridge } },
  },
})
