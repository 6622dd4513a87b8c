// For tests: what a component shows, as a browser would get it at first.
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router-dom';

import type { Right, Session } from '~/api/types';
import { queries, takeSession } from '~/session/session';

/** The HTML of it, for somebody with these rights. */
export function rendered(node: ReactNode, rights: Right[] = ['see_connections', 'change_connections']): string {
  takeSession({ user: { name: 'alice', rights } } as unknown as Session);
  return renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>{node}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** Only the words of it, as they are read. */
export function words(html: string): string {
  return html
    .replaceAll(/<style[^>]*>.*?<\/style>/gs, '')
    .replaceAll(/<\/(p|div|li|dt|dd|td|th|tr|h\d|button|span|a)>/g, ' ')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
