import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'

const OUTPUT = 'service-worker.js'

/** Builds src/worker/service-worker.ts to /service-worker.js, with the list of the files that the build wrote. */
export function shellWorker(): Plugin {
  let root = ''
  let directory = ''
  return {
    name: 'notewire:shell-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root
      directory = join(config.root, config.build.outDir)
    },
    closeBundle: {
      order: 'pre',
      sequential: true,
      async handler() {
        const entries = await readdir(directory, { recursive: true, withFileTypes: true })
        const files = entries
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1).replaceAll('\\', '/'))
          // Languages of code come, and are kept, when they are met.
          .filter((name) => name !== OUTPUT && !name.startsWith('assets/languages/'))
          .sort()
        const hash = createHash('sha256')
        for (const name of files) hash.update(name).update(await readFile(join(directory, name)))
        const shell = files.map((name) => (name === 'index.html' ? '/' : `/${name}`))
        await build({
          configFile: false,
          root,
          logLevel: 'warn',
          publicDir: false,
          define: { SHELL_FILES: JSON.stringify(shell), SHELL_VERSION: JSON.stringify(hash.digest('hex').slice(0, 16)) },
          build: {
            emptyOutDir: false,
            outDir: directory,
            target: 'es2022',
            rolldownOptions: {
              input: join(root, 'src/worker/service-worker.ts'),
              output: { entryFileNames: OUTPUT, format: 'iife' },
            },
          },
        })
      },
    },
  }
}
