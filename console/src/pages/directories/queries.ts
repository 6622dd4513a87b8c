import { queryOptions } from '@tanstack/react-query';

import { request, segment } from '~/api/client';
import type { Directory } from '~/api/types';

export const directoriesQuery = queryOptions({
  queryKey: ['directories'],
  queryFn: async () => (await request<{ directories: Directory[] }>('GET', '/directories')).directories,
});

export function directoryQuery(id: string) {
  return queryOptions({
    queryKey: ['directories', id],
    queryFn: () => request<Directory>('GET', '/directories/' + segment(id)),
  });
}
