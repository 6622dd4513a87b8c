import { queryOptions, useQuery } from '@tanstack/react-query';

import { request } from '~/api/client';
import type { Role, User } from '~/api/types';
import { useMay } from '~/session/session';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async () => (await request<{ users: User[] }>('GET', '/users')).users,
});

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async () => (await request<{ roles: Role[] }>('GET', '/roles')).roles,
});

/** All users, for those who may see them. */
export function useUsers() {
  const may = useMay('see_users');
  return useQuery({ ...usersQuery, enabled: may });
}
