import type { ComponentType } from 'react';

import type { Right } from '~/api/types';
import {
  CalendarIcon,
  ConnectionIcon,
  DashboardIcon,
  KeyIcon,
  MeasureIcon,
  PersonIcon,
  RoleIcon,
  RotateIcon,
  SealIcon,
  SendIcon,
  TokenIcon,
  TrailIcon,
  TreeIcon,
} from '~/parts/icons';

export interface Place {
  label: string;
  path: string;
  icon: ComponentType<{ size?: number }>;
  /** Shown only to those who may. */
  right?: Right;
}

export interface Area {
  /** Without a title its places stand by themselves. */
  title?: string;
  places: Place[];
}

/**
 * Everything that there is to go to, in its order. An area without places is one that comes: it has its spot here and is
 * not shown.
 */
export const areas: Area[] = [
  { places: [{ label: 'Dashboard', path: '/', icon: DashboardIcon }] },
  {
    title: 'Services',
    places: [
      { label: 'Server Connections', path: '/connections', icon: ConnectionIcon, right: 'see_connections' },
      { label: 'Service Accounts', path: '/accounts', icon: KeyIcon, right: 'see_connections' },
      { label: 'Rotations', path: '/rotations', icon: RotateIcon, right: 'see_connections' },
      { label: 'Schedule', path: '/schedule', icon: CalendarIcon, right: 'see_connections' },
      { label: 'Measures', path: '/measures', icon: MeasureIcon, right: 'see_connections' },
      { label: 'Directories', path: '/directories', icon: TreeIcon, right: 'see_connections' },
      { label: 'Secrets', path: '/secrets', icon: SealIcon, right: 'see_keys' },
    ],
  },
  { title: 'Mailboxes', places: [] },
  { title: 'Recover', places: [] },
  { title: 'Detections', places: [] },
  { title: 'Incidents', places: [] },
  { title: 'Mail flow', places: [] },
  {
    places: [
      { label: 'Notices', path: '/notices', icon: SendIcon, right: 'see_connections' },
      { label: 'Audit', path: '/audit', icon: TrailIcon, right: 'see_audit' },
    ],
  },
  {
    title: 'Settings',
    places: [
      { label: 'Users', path: '/settings/users', icon: PersonIcon, right: 'see_users' },
      { label: 'Roles', path: '/settings/roles', icon: RoleIcon, right: 'see_users' },
      { label: 'API Tokens', path: '/settings/tokens', icon: TokenIcon },
    ],
  },
];

export function areasFor(rights: readonly Right[]): Area[] {
  return areas
    .map((area) => ({ ...area, places: area.places.filter((place) => !place.right || rights.includes(place.right)) }))
    .filter((area) => area.places.length > 0);
}
