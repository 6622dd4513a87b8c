import { isolated } from '~/parts/bidi';
import { Page } from '~/parts/page';
import { useSession } from '~/session/session';
import { roleWords } from '~/users/words';

import { Authenticator } from './authenticator';
import { NameForm } from './name_form';
import { PasswordForm } from './password_form';
import { Sessions } from './sessions';

/** One's own: name, password, authenticator, sessions. */
export function Profile() {
  const { user } = useSession();
  const roles = user.roles.map((role) => roleWords[role].label).join(', ');
  return (
    <Page
      title="Profile"
      lead={`${isolated(user.name)} · ${roles}${user.reads_content ? ' · may read other people’s mail' : ''}`}
    >
      <NameForm />
      <PasswordForm />
      <Authenticator />
      <Sessions />
    </Page>
  );
}
