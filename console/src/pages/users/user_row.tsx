import type { User } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { roleWords } from '~/users/words';

import classes from './users.module.css';

export function UserRow({ user, self, onOpen }: { user: User; self: boolean; onOpen?: () => void }) {
  const shown = user.display_name || user.name;
  return (
    <li className={classes.row} data-off={!user.enabled || undefined}>
      <div className={classes.who}>
        {onOpen ? (
          <button type="button" className={classes.name} onClick={onOpen}>
            {shown}
          </button>
        ) : (
          <span className={classes.name}>{shown}</span>
        )}
        {self && <span className={classes.faint}> you</span>}
        {user.display_name !== '' && <div className={classes.faint}>{user.name}</div>}
      </div>
      <div className={classes.tags}>
        {user.roles.map((role) => (
          <Tag key={role}>{roleWords[role].label}</Tag>
        ))}
        {user.reads_content && <Tag tone="warn">Reads content</Tag>}
        {!user.enabled && <Tag>Disabled</Tag>}
        {!user.has_password && <Tag tone="warn">Invited</Tag>}
      </div>
      <div className={classes.faint}>{user.totp_enabled ? 'with authenticator' : 'password only'}</div>
      <div className={classes.faint}>
        {user.last_sign_in ? (
          <>
            signed in <Ago at={user.last_sign_in} />
          </>
        ) : (
          'never signed in'
        )}
      </div>
      {onOpen && <ChevronIcon size={16} className={classes.go} />}
    </li>
  );
}
