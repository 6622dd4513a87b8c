import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { mailward } from './support';

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A Mailward of a walk's own, that may be killed and started again; on the demo's sample Exchange. `alsoTo`: loopback ports. */
export class OwnService {
  private process: ChildProcess | null = null;
  private constructor(
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async make(alsoTo: number[] = []): Promise<OwnService> {
    // Not among the results: a socket's path must be short.
    const folder = mkdtempSync(path.join(tmpdir(), 'mailward-walk-'));
    const port = await freePort();
    const demo = readFileSync(path.join(path.dirname(process.env.MAILWARD_SOCKET!), '../../mailward.toml'), 'utf8');
    writeFileSync(
      path.join(folder, 'mailward.toml'),
      demo
        .replace(/^state_dir.*$/m, 'state_dir = "state"')
        .replace(/^listen.*$/m, `listen = "127.0.0.1:${port}"`)
        .replace(/^allowed_ports = \[/m, 'allowed_ports = [' + alsoTo.map((one) => `${one}, `).join('')),
    );
    const service = new OwnService(folder, `https://127.0.0.1:${port}`);
    await service.start();
    return service;
  }

  private get socket() {
    return path.join(this.folder, 'state/run/mailward.sock');
  }

  async start() {
    this.process = spawn(
      process.env.MAILWARD_PROGRAM!,
      ['serve', '--config', path.join(this.folder, 'mailward.toml')],
      {
        stdio: 'ignore',
      },
    );
    for (let tries = 0; ; ++tries) {
      try {
        this.mailward(['status']);
        return;
      } catch (error) {
        if (tries === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async kill() {
    const ended = new Promise((resolve) => this.process!.once('exit', resolve));
    this.process!.kill('SIGKILL');
    await ended;
  }

  /** Kills it and removes what it kept. */
  async end() {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }

  /** The command line on it. */
  mailward(words: string[]) {
    return execFileSync(process.env.MAILWARD_PROGRAM!, [...words, '--socket', this.socket], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** A user with that password, by a file that only its owner may read. */
  makeUser(name: string, password: string, as = ['--admin']) {
    const file = path.join(this.folder, 'password');
    writeFileSync(file, password + '\n', { mode: 0o600 });
    this.mailward(['user', 'create', name, ...as, '--password-file', file]);
  }

  /** The demo's connection, on this service too. */
  makeSample(password: string) {
    const demo = path.join(path.dirname(process.env.MAILWARD_SOCKET!), '../..');
    const file = path.join(this.folder, 'master-mailbox-password');
    writeFileSync(file, password + '\n', { mode: 0o600 });
    const sample = JSON.parse(mailward('connection', 'show', 'Sample Exchange', '--json')) as { ews_url: string };
    const form = ['--description', 'Sample Exchange', '--ews-url', sample.ews_url];
    const account = ['--master-mailbox', 'svc-mailward@example.test', '--mailbox-check', 'usera@example.test'];
    const trust = ['--trust-file', path.join(demo, 'exchange/ca.pem')];
    this.mailward(['connection', 'add', ...form, ...account, ...trust, '--password-file', file]);
  }
}
