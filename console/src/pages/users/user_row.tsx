import type { User } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { roleWords } from '~/users/words';

import classes from './users.module.css';

export function UserRow({ user, self, onOpen }: { user: User; self: boolean; onOpen?: () => void }) {
  const shown = user.display_name || user.name;
  return (
    <li className={list.row} data-off={!user.enabled || undefined}>
      <div className={list.main}>
        {onOpen ? (
          <button type="button" className={list.name} onClick={onOpen}>
            {shown}
          </button>
        ) : (
          <span className={list.name}>{shown}</span>
        )}
        {self && <span className={list.faint}> you</span>}
        {user.display_name !== '' && <div className={list.faint}>{user.name}</div>}
      </div>
      <div className={classes.tags}>
        {user.roles.map((role) => (
          <Tag key={role}>{roleWords[role].label}</Tag>
        ))}
        {user.reads_content && <Tag tone="warn">Reads content</Tag>}
        {!user.enabled && <Tag>Disabled</Tag>}
        {!user.has_password && <Tag tone="warn">Invited</Tag>}
        {user.must_choose_password && <Tag tone="warn">Must choose a password</Tag>}
      </div>
      <div className={list.faint}>{user.totp_enabled ? 'with authenticator' : 'password only'}</div>
      <div className={list.faint}>
        {user.last_sign_in ? (
          <>
            signed in <Ago at={user.last_sign_in} />
          </>
        ) : (
          'never signed in'
        )}
      </div>
      {onOpen && <ChevronIcon size={16} className={list.go} />}
    </li>
  );
}
