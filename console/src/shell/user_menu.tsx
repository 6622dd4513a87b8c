import { Menu, SegmentedControl, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useNavigate } from 'react-router-dom';

import type { Look } from '~/look/look';
import { DownIcon, MoonIcon, PersonIcon, ScreenIcon, SignOutIcon, SunIcon } from '~/parts/icons';
import { tell } from '~/parts/tell';
import { signOut, useSession } from '~/session/session';

import { initials } from './initials';
import classes from './shell.module.css';

const looks: { value: Look; label: string; icon: typeof SunIcon }[] = [
  { value: 'light', label: 'Light', icon: SunIcon },
  { value: 'auto', label: 'As the system', icon: ScreenIcon },
  { value: 'dark', label: 'Dark', icon: MoonIcon },
];

function LookChoice() {
  // The library would still transitions by a style element, which the page's policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="Look"
      value={colorScheme}
      onChange={(look) => setColorScheme(look as Look)}
      data={looks.map(({ value, label, icon: Icon }) => ({
        value,
        label: (
          <span className={classes.lookOption} title={label}>
            <Icon size={15} />
            <span className={classes.unseen}>{label}</span>
          </span>
        ),
      }))}
    />
  );
}

export function UserMenu() {
  const { user } = useSession();
  const navigate = useNavigate();
  const shown = user.display_name || user.name;
  const leave = async () => {
    try {
      await signOut();
      navigate('/');
    } catch {
      tell({ kind: 'bad', text: 'Mailward does not answer: you are not signed out yet.' });
    }
  };
  return (
    <Menu position="top-start" width={220} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.user}>
          <span className={classes.initials} aria-hidden="true">
            {initials(shown)}
          </span>
          <span className={classes.userWords}>
            <span className={classes.userName}>{shown}</span>
            <span className={classes.userRoles}>{user.roles.join(', ')}</span>
          </span>
          <DownIcon size={14} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.lookRow}>
          <LookChoice />
        </div>
        <Menu.Item leftSection={<PersonIcon size={16} />} onClick={() => navigate('/profile')}>
          Profile
        </Menu.Item>
        <Menu.Item leftSection={<SignOutIcon size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
