import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { controlFlags, coreFlags, signerFlags, updaterFlags } from '../../src/processes/boot/privileges.ts';

describe('code that nobody signed', () => {
  let folder = '';
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearthward-modules-')));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const run = (...args: readonly string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder });
    return `${stdout}${stderr}`.trim();
  };
  const HOOKS = JSON.stringify(new URL('../../src/platform/modules.ts', import.meta.url).href);

  test('a module planted above the slot is loaded by nobody, though a library asks for it', () => {
    write('data/slots/a/files/package.json', '{"type":"module"}');
    write(
      'data/slots/a/files/node_modules/wanting/index.js',
      'module.exports = () => { try { return require("planted"); } catch (error) { return error.code; } };',
    );
    const own = write('data/slots/a/files/own.js', 'export default "own";');
    const above = write('data/node_modules/planted/index.js', 'module.exports = "planted";');
    const asked = (guard: string): string =>
      run(
        write(
          'data/slots/a/files/main.js',
          `import wanting from 'wanting';
           ${guard}
           const here = await import('./own.js');
           const there = await import(${JSON.stringify(above)}).then(({ default: is }) => is, ({ code }) => code);
           console.log([wanting(), here.default, there].join(' '));`,
        ),
      );
    assert.equal(asked(''), 'planted own planted', 'Node alone looks there');
    const guard = `const { onlyModulesAround } = await import(${HOOKS}); onlyModulesAround(${JSON.stringify(own)});`;
    assert.equal(asked(guard), 'MODULE_NOT_FOUND own MODULE_NOT_FOUND');
  });

  test('a device refuses it from its first process on', () => {
    const planted = write('elsewhere/planted.js', 'export default "planted";');
    const from = (specifier: string): string => JSON.stringify(import.meta.resolve(specifier));
    const product = write(
      'started/product.js',
      `import declaration from ${from('@hearthward/example-hub')};
       import { hub } from ${from('@hearthward/example-hub/hub')};
       import { runDevice } from ${from('@hearthward/device')};
       const load = () => import(${JSON.stringify(planted)}).then(({ default: is }) => is, ({ code }) => code);
       await runDevice({ declaration, product: hub, moduleUrl: import.meta.url });
       console.log('loaded: ' + (await load()));
       process.exit(0);`,
    );
    mkdirSync(join(folder, 'nothing'));
    assert.match(run(product, '--data', join(folder, 'nothing')), /^loaded: MODULE_NOT_FOUND$/m);
  });

  test('no process of a device loads a library of machine code, and text becomes code in core alone', () => {
    const product = write('product/product.js', '');
    const tries = write(
      'product/tries.cjs',
      `const code = (work) => { try { return String(work()); } catch (error) { return error.code ?? error.name; } };
       console.log([
         code(() => process.dlopen({ exports: {} }, __filename)),
         code(() => new Function('return "made"')()),
       ].join(' '));`,
    );
    mkdirSync(join(folder, 'device', 'state'), { recursive: true });
    const data = join(folder, 'device');
    const said = Object.entries({
      signer: [...signerFlags(data, { kind: 'software' }), `--allow-fs-read=${join(folder, 'product')}/`],
      core: coreFlags(data, product),
      control: controlFlags(product),
      updater: updaterFlags(),
    }).map(([name, flags]) => `${name}: ${run(...flags, tries)}`);
    assert.deepEqual(said, [
      'signer: ERR_DLOPEN_DISABLED EvalError',
      'core: ERR_DLOPEN_DISABLED made',
      'control: ERR_DLOPEN_DISABLED EvalError',
      'updater: ERR_DLOPEN_DISABLED EvalError',
    ]);
  });
});
