// Bundles test/*.test.ts and runs them under node --test.
import * as esbuild from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'labelwright-web-test-'));
const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
await esbuild.build({
    entryPoints: tests.map((name) => join(here, name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { RENDER_WORKER: '""', MEDIA_WORKER: '""' },
    logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, ['--test', ...tests.map((name) => join(out, name.replace('.ts', '.mjs')))], { stdio: 'inherit' });
rmSync(out, { recursive: true, force: true });
process.exit(status ?? 1);
