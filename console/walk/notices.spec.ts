// Notices: channels, a test with its stages, subscriptions by check boxes, and what became of each notice.
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';

import { expect, type Page } from '@playwright/test';

import { OwnService } from './own_service';
import { look, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

const userPassword = 'seven herons over the weir';

/** Takes webhooks; says no as long as it is told to. */
class Receiver {
  answer = 204;
  readonly bodies: string[] = [];
  private server!: Server;

  async listen(): Promise<number> {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        this.bodies.push(body);
        response.writeHead(this.answer).end();
      });
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as { port: number }).port;
  }

  close() {
    this.server.close();
  }
}

/** A relay of this very host that takes every mail (RFC 5321, as far as is needed). */
class Mailbox {
  readonly mails: string[] = [];
  private server!: TcpServer;

  async listen(): Promise<number> {
    this.server = createTcpServer((socket) => {
      let mail: string | null = null;
      let line = '';
      const say = (words: string) => socket.write(words + '\r\n');
      socket.on('error', () => socket.destroy());
      socket.on('data', (piece: Buffer) => {
        line += piece.toString();
        for (let end = line.indexOf('\r\n'); end >= 0; end = line.indexOf('\r\n')) {
          const one = line.slice(0, end);
          line = line.slice(end + 2);
          if (mail === null) {
            if (one === 'DATA') mail = '';
            say(one === 'DATA' ? '354 go on' : one === 'QUIT' ? '221 bye' : '250 walk');
          } else if (one === '.') {
            this.mails.push(mail);
            mail = null;
            say('250 taken');
          } else {
            mail += one + '\n';
          }
        }
      });
      say('220 walk');
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as { port: number }).port;
  }

  /** The code in the newest mail. */
  get code() {
    return /^ {4}(\d{8})$/m.exec(this.mails.at(-1) ?? '')?.[1] ?? '';
  }

  close() {
    this.server.close();
  }
}

async function addChannels(page: Page, at: string, port: number) {
  await page.goto(at + '/notices');
  await expect(page.getByRole('heading', { name: 'No channel yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Add webhook' }).click();
  await page.getByLabel('Name').fill('On call');
  await page.getByLabel('URL').fill(`http://127.0.0.1:${port}/hook`);
  await page.getByLabel('How the receiver knows Mailward').selectOption('signature');
  await page.getByLabel('Key of the signature').fill('a key for the walk');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('is saved')).toBeVisible();
  await page.goto(at + '/notices/channels/new');
  await page.getByLabel('Name').fill('House relay');
  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Security').selectOption('tls');
  await expect(page.getByLabel('Port')).toHaveValue('465');
  await page.getByLabel('Sender’s address').fill('mailward@example.test');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('is saved').last()).toBeVisible();
}

test('from an empty page to notices that arrive', async ({ page }, info) => {
  test.setTimeout(120_000);
  const receiver = new Receiver();
  const port = await receiver.listen();
  const service = await OwnService.make([port]);
  try {
    service.makeUser('alice', userPassword);
    await signIn(page, service.url, 'alice', userPassword);
    await page.goto(service.url + '/notices');
    await expect(page.getByRole('heading', { name: 'Nothing to tell yet' })).toBeVisible();
    await look(page, info, 'notices-empty');
    await addChannels(page, service.url, port);
    await look(page, info, 'notice-channel');

    await page.goto(service.url + '/notices');
    await page.getByRole('button', { name: 'Test On call' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Send test message' }).click();
    await expect(dialog.getByText('The message was accepted')).toBeVisible();
    expect(receiver.bodies).toHaveLength(1);
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await expect(dialog).toHaveCount(0);
    await page.getByRole('button', { name: 'Test House relay' }).click();
    await dialog.getByLabel('Write to').fill('alice@example.test');
    await dialog.getByRole('button', { name: 'Send test message' }).click();
    await expect(dialog.getByText('The message was not accepted')).toBeVisible();
    await expect(dialog.getByText('see whether the relay runs', { exact: false })).toBeVisible();
    await look(page, info, 'notice-test');
    await dialog.getByRole('button', { name: 'Send again' }).press('Escape');

    await page.getByLabel('By', { exact: true }).selectOption({ label: 'House relay' });
    await page.getByLabel('To the address').fill('no address');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await expect(page.getByText('name@example.test', { exact: false })).toBeVisible();
    await page.getByLabel('To the address').fill('alice@example.test');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    const every = page.getByRole('checkbox', { name: 'Every kind to alice@example.test' });
    await expect(every).toBeChecked();
    // It shows what the service has kept, once that has answered.
    await page.getByRole('checkbox', { name: 'Test to alice@example.test' }).click();
    await expect(page.getByRole('checkbox', { name: 'Test to alice@example.test' })).not.toBeChecked();
    await expect(every).not.toBeChecked();
    await page.getByLabel('By', { exact: true }).selectOption({ label: 'On call' });
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await expect(page.getByRole('checkbox', { name: 'Every kind to On call' })).toBeChecked();
    await page.reload();
    await expect(page.getByRole('checkbox', { name: 'Test to alice@example.test' })).not.toBeChecked();
    await expect(page.getByRole('checkbox', { name: 'Rotation failed to alice@example.test' })).toBeChecked();

    await page.getByRole('button', { name: 'Test of the channel House relay' }).click();
    await expect(page.getByText('Somebody asked Mailward to send this', { exact: false })).toBeVisible();
    await look(page, info, 'notices');
    await page.getByRole('button', { name: 'End the subscription of alice@example.test' }).click();
    await expect(every).toHaveCount(0);
  } finally {
    receiver.close();
    await service.end();
  }
});

test('an address of one’s own is confirmed by the code that came to it', async ({ page }, info) => {
  test.setTimeout(120_000);
  const mailbox = new Mailbox();
  const port = await mailbox.listen();
  const service = await OwnService.make([port]);
  try {
    const relay = ['--host', '127.0.0.1', '--port', `${port}`, '--security', 'none', '--from', 'mailward@example.test'];
    service.mailward(['notify', 'channel', 'add-relay', 'House relay', ...relay]);
    service.makeUser('bob', userPassword, ['--role', 'analyst']);
    await signIn(page, service.url, 'bob', userPassword);
    await page.goto(service.url + '/notices');
    await page.getByLabel('To the address').fill('bob@example.test');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    const code = page.getByLabel('Code that was sent to', { exact: false });
    await expect(code).toBeVisible();
    await expect(page.getByText('not confirmed yet', { exact: false })).toBeVisible();
    await expect.poll(() => mailbox.code).toMatch(/^\d{8}$/);
    await code.fill('1');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByText('does not confirm the address', { exact: false })).toBeVisible();
    await look(page, info, 'notice-code');
    await code.fill(mailbox.code);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(code).toHaveCount(0);
    await expect(page.getByText('not confirmed yet', { exact: false })).toHaveCount(0);
    // What he may not see is not offered.
    await expect(page.getByRole('checkbox', { name: 'Rotation failed to bob@example.test' })).toBeVisible();
    await expect(page.getByRole('checkbox', { name: 'Secret due to bob@example.test' })).toHaveCount(0);
  } finally {
    mailbox.close();
    await service.end();
  }
});
