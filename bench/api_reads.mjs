// Reads one address at a steady rate and prints the latencies: the rate is autocannon's, which corrects for requests that came
// late (coordinated omission). The token comes from the environment.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.resolve('console/package.json'));
const autocannon = require('autocannon');
const [url, rate, seconds] = process.argv.slice(2);
const result = await autocannon({
  url,
  overallRate: Number(rate),
  duration: Number(seconds),
  connections: 10,
  headers: { authorization: `Bearer ${process.env.MAILWARD_TOKEN}` },
});
const { latency, requests } = result;
console.log(
  `  ${requests.average.toFixed(0)} a second: p50 ${latency.p50} ms, p97.5 ${latency.p97_5} ms, p99 ${latency.p99} ms, ` +
    `most ${latency.max} ms; ${result.non2xx} not 2xx, ${result.errors} errors`,
);
if (result.non2xx || result.errors) process.exit(1);
