import { Section } from '~/parts/section';
import { tell } from '~/parts/tell';
import { ChangePassword } from '~/session/change_password';

export function PasswordForm() {
  return (
    <Section title="Password" lead="Changing it ends your other sessions.">
      <ChangePassword
        onDone={() => tell({ kind: 'good', text: 'Your password is changed; your other sessions have ended.' })}
      />
    </Section>
  );
}
