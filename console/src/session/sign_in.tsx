import { Outside } from './outside';
import { CredentialsForm } from './credentials_form';
import { signIn } from './session';

export function SignIn() {
  return (
    <Outside
      title="Sign in"
      foot={
        <>
          No way in any more? On the server, <code>mailward user reset</code> makes a new link.
        </>
      }
    >
      <CredentialsForm action="Sign in" submit={signIn} />
    </Outside>
  );
}
