import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'

const OUTPUT = 'service-worker.js'
/** What such a module loads is for what few notes have in them: languages of code. */
const ON_DEMAND = '@codemirror/language-data'

/** Builds src/worker/service-worker.ts to /service-worker.js, with the list of the files that the build wrote. */
export function shellWorker(): Plugin {
  let root = ''
  let directory = ''
  /** What comes, and is kept, when it is met. */
  let met = new Set<string>()
  return {
    name: 'notewire:shell-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root
      directory = join(config.root, config.build.outDir)
    },
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const places = new Map(chunks.flatMap((chunk) => chunk.moduleIds.map((id) => [id, chunk.fileName] as const)))
      const shell = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
      for (const name of shell) {
        const chunk = bundle[name]
        if (chunk?.type !== 'chunk') continue
        const ids = chunk.moduleIds.filter((id) => !id.includes(ON_DEMAND))
        const later = ids.flatMap((id) => this.getModuleInfo(id)?.dynamicallyImportedIds ?? [])
        for (const needed of [...chunk.imports, ...later.map((id) => places.get(id))]) if (needed) shell.add(needed)
      }
      met = new Set(chunks.map(({ fileName }) => fileName).filter((name) => !shell.has(name)))
    },
    closeBundle: {
      order: 'pre',
      sequential: true,
      async handler() {
        const entries = await readdir(directory, { recursive: true, withFileTypes: true })
        const files = entries
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1).replaceAll('\\', '/'))
          .filter((name) => name !== OUTPUT && !met.has(name))
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
