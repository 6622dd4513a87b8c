import { request } from '~/api/client';

import { reachability } from './reachability';
import { Stream } from './stream';

/** The page's own stream. */
export const pageStream = new Stream({
  open: (url) => new EventSource('/api/v1' + url),
  later: (action, ms) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  // Whether the service is away, or the session ended (then the person is asked to sign in), this tells.
  broken: () => request('GET', '/session'),
});

document.addEventListener('visibilitychange', () => pageStream.setVisible(document.visibilityState === 'visible'));
pageStream.setVisible(document.visibilityState === 'visible');
reachability.whenBack(() => pageStream.hurry());
