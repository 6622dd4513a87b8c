// Tests a connection again and again and follows its events: how long after a step ended (as the service dates it, on the same
// host and clock) its event was here.
import https from 'node:https';

const [console_url, id, rounds] = process.argv.slice(2);
const headers = { authorization: `Bearer ${process.env.MAILWARD_TOKEN}` };
const agent = new https.Agent({ keepAlive: true });

function request(method, path) {
  return new Promise((resolve, reject) => {
    const sent = https.request(`${console_url}/api/v1${path}`, { method, headers, agent }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function json(method, path) {
  const answer = await request(method, path);
  let text = '';
  for await (const piece of answer) text += piece;
  if (answer.statusCode >= 400) throw new Error(text);
  return JSON.parse(text);
}

const late = [];
for (let round = 0; round < Number(rounds); ++round) {
  const run = await json('POST', `/connections/${id}/test`);
  const stream = await request('GET', `/runs/${run.id}/events`);
  let text = '';
  for await (const piece of stream) {
    const here = Date.now();
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = text.slice(0, end).split('\n').find((line) => line.startsWith('data:'));
      text = text.slice(end + 2);
      if (!data) continue;
      for (const step of JSON.parse(data.slice(5)).steps) {
        if (step.outcome !== 'running') late.push(here - (Date.parse(step.started) + step.milliseconds));
      }
    }
  }
}
late.sort((a, b) => a - b);
const at = (share) => late[Math.min(late.length - 1, Math.floor(late.length * share))];
console.log(`  ${late.length} steps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms after they happened`);
