// Builds web/dist: index.html and hashed files under assets/. `--watch` rebuilds on change, `--sizes` prints what each file weighs gzipped.
import * as esbuild from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const watch = process.argv.includes('--watch');

const common = {
    absWorkingDir: here,
    bundle: true,
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    minify: !watch,
    sourcemap: watch ? 'inline' : false,
    metafile: true,
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
};

const output = (result, entry) => {
    const found = Object.entries(result.metafile.outputs).find(([, o]) => o.entryPoint === entry);
    return { path: found[0].replace(/^dist\//, ''), ...found[1] };
};

async function build() {
    rmSync(dist, { recursive: true, force: true });
    mkdirSync(dist, { recursive: true });
    const workers = { RENDER_WORKER: 'src/editor/render/worker.ts', MEDIA_WORKER: 'src/editor/media/worker.ts' };
    const define = {};
    for (const [name, entry] of Object.entries(workers)) define[name] = JSON.stringify(output(await esbuild.build({ ...common, entryPoints: [entry] }), entry).path);
    const main = await esbuild.build({
        ...common,
        entryPoints: ['src/main.tsx'],
        splitting: true,
        define,
    });
    const entry = output(main, 'src/main.tsx');
    const preload = entry.imports
        .filter((i) => i.kind === 'import-statement')
        .map((i) => `    <link rel="modulepreload" href="${i.path.replace(/^dist\//, '')}">\n`);
    const html = readFileSync(join(here, 'src/index.html'), 'utf8')
        .replace('STYLE', entry.cssBundle.replace(/^dist\//, ''))
        .replace('SCRIPT', entry.path)
        .replace('    PRELOAD\n', preload.join(''));
    writeFileSync(join(dist, 'index.html'), html);
    if (process.argv.includes('--sizes'))
        for (const name of readdirSync(join(dist, 'assets')).sort())
            console.log(String(gzipSync(readFileSync(join(dist, 'assets', name)), { level: 9 }).length).padStart(7), name);
}

await build();
if (watch) {
    const { watch: watchFiles } = await import('node:fs');
    let timer;
    watchFiles(join(here, 'src'), { recursive: true }, () => {
        clearTimeout(timer);
        timer = setTimeout(() => build().then(() => console.log('built'), () => {}), 60);
    });
}
