import { Switch } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';

import { request } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { Role } from '~/api/types';
import { CheckIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';
import { rolesQuery } from '~/users/queries';
import { rightNames, rightWords, roleWords } from '~/users/words';

import classes from './roles.module.css';

function TotpSwitch({ role }: { role: Role }) {
  const mayManage = useMay('manage_users');
  const change = useMutation({
    mutationFn: (totp_required: boolean) => request<Role>('PUT', '/roles/' + role.name, { body: { totp_required } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: rolesQuery.queryKey }),
    onError: (error) =>
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' }),
  });
  return (
    <Switch
      aria-label={`${roleWords[role.name].label}: an authenticator is required`}
      checked={change.isPending ? change.variables : role.totp_required}
      disabled={!mayManage || change.isPending}
      onChange={(event) => change.mutate(event.currentTarget.checked)}
    />
  );
}

function Matrix({ roles }: { roles: readonly Role[] }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Roles and their rights">
      <table className={classes.matrix}>
        <thead>
          <tr>
            <td />
            {roles.map((role) => (
              <th key={role.name} scope="col">
                {roleWords[role.name].label}
                <span>{roleWords[role.name].what}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rightNames.map((right) => (
            <tr key={right}>
              <th scope="row">
                {rightWords[right]}
                {right === 'read_content' && <span>no role has it: it is given to a user by name</span>}
              </th>
              {roles.map((role) => (
                <td key={role.name}>
                  {role.rights.includes(right) ? (
                    <span role="img" aria-label="yes" className={classes.yes}>
                      <CheckIcon size={16} strokeWidth={2} />
                    </span>
                  ) : (
                    <span role="img" aria-label="no" className={classes.no} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              Authenticator required
              <span>who has none yet must add one at the next sign-in</span>
            </th>
            {roles.map((role) => (
              <td key={role.name}>
                <TotpSwitch role={role} />
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

export function Roles() {
  const { data, error, refetch } = useQuery(rolesQuery);
  return (
    <Page title="Roles" lead="What each role may do. A user with several may do what any of them allows.">
      {data ? <Matrix roles={data} /> : error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={8} />}
    </Page>
  );
}
