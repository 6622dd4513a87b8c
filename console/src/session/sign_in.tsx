import { Outside } from './outside';
import { CredentialsForm } from './credentials_form';
import { signIn } from './session';

export function SignIn() {
  return (
    <Outside
      title="Sign in"
      foot={
        <>
          Locked out? On the server, <code>mailward user reset</code> gives a new link.
        </>
      }
    >
      <CredentialsForm action="Sign in" submit={signIn} />
    </Outside>
  );
}
