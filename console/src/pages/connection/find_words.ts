import type { AutodiscoverStep } from '~/api/types';

/** Where a candidate came from. */
export const sourceNames: Record<AutodiscoverStep['source'], string> = {
  scp: 'The directory’s service point',
  domain: 'The domain itself',
  autodiscover_host: 'The usual host',
  http_redirect: 'A plain redirect',
  srv: 'The DNS service record',
  redirect: 'Where another sent',
};

/** What it came to. */
export const verdictNames: Record<AutodiscoverStep['verdict'], string> = {
  settings: 'Found',
  redirected: 'Sent elsewhere',
  unconfirmed: 'Not confirmed',
  password_refused: 'Password refused',
  told_error: 'Answered with an error',
  nothing_there: 'Nothing there',
  unsafe: 'Not followed',
  failed: 'Failed',
};
