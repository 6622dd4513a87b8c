// After the build: compresses each file once and writes build/console/manifest.json, by which the program embeds them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = path.join(path.dirname(fileURLToPath(import.meta.url)), '../build/console');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the browser must have before any page can be used (what index.html names, and the fonts), compressed. */
const kMostAtFirst = 300 * 1024;
/** All pages together; each is fetched when it is opened. */
const kMostInAll = 800 * 1024;

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* files(file);
    else if (!/\.(gz|br)$|^manifest\.json$/.test(name)) yield file;
  }
}

const listed = [];
for (const file of files(out)) {
  const name = path.relative(out, file).split(path.sep).join('/');
  const type = types[path.extname(file)];
  if (!type) throw new Error(`${name}: no media type is known for it`);
  const bytes = readFileSync(file);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(file + '.gz', gzip);
  writeFileSync(file + '.br', brotli);
  listed.push({
    path: '/' + name,
    type,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    file: name,
    gzip: name + '.gz',
    brotli: name + '.br',
    bytes: { plain: bytes.length, gzip: gzip.length, brotli: brotli.length },
  });
}
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify({ files: listed }, null, 1) + '\n');

const sum = (coding) => listed.reduce((total, one) => total + one.bytes[coding], 0);
const kilobytes = (bytes) => (bytes / 1024).toFixed(0) + ' KB';
process.stdout.write(
  `console: ${listed.length} files, ${kilobytes(sum('plain'))}; gzip ${kilobytes(sum('gzip'))}, brotli ${kilobytes(sum('brotli'))}\n`,
);
const index = readFileSync(path.join(out, 'index.html'), 'utf8');
const atFirst = listed
  .filter((one) => one.path === '/index.html' || one.file.endsWith('.woff2') || index.includes(`"${one.path}"`))
  .reduce((total, one) => total + one.bytes.gzip, 0);
process.stdout.write(`before the first page: gzip ${kilobytes(atFirst)}\n`);
if (atFirst > kMostAtFirst) throw new Error('what the browser needs before the first page is larger than 300 KB');
if (sum('gzip') > kMostInAll) throw new Error('the console is larger than 800 KB compressed');
