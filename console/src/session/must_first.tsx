import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';

import { Outside } from './outside';
import { signOut } from './session';

/** What somebody who is signed in must do before anything else. */
export function MustFirst({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <Outside
      title={title}
      lead={lead}
      foot={
        <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>
          Sign out instead
        </Anchor>
      }
    >
      {children}
    </Outside>
  );
}
