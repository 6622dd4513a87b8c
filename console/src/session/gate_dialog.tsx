import { Anchor, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { CredentialsForm } from './credentials_form';
import { gate, useQuestion } from './gate';
import classes from './session.module.css';
import { confirmSignIn, sessionQuery, signIn, takeSession } from './session';

/** Over the page, which stays as it is: asks for the sign-in, then what was under way goes on. */
export function GateDialog() {
  const question = useQuestion();
  const { data: session } = useQuery(sessionQuery);
  const user = session?.user;
  if (!user) return null;
  const again = question === 'sign_in';

  const leave = () => {
    gate.answer(false);
    takeSession(null);
  };
  return (
    <Modal
      opened={question !== null}
      onClose={() => gate.answer(false)}
      withCloseButton={!again}
      closeOnClickOutside={false}
      closeOnEscape={!again}
      title={again ? 'Sign in again' : 'Confirm that it is you'}
      size={400}
      zIndex={400}
    >
      {question && (
        <>
          <p className={classes.lead}>
            {again
              ? 'Your session has ended. What you typed is still here; sign in as '
              : 'This is a sensitive act, and your last sign-in is a while ago. Go on as '}
            <strong>{user.name}</strong>.
          </p>
          <CredentialsForm
            key={question}
            name={user.name}
            action={again ? 'Sign in' : 'Confirm'}
            withCode={!again && user.totp_enabled}
            submit={async (typed) => {
              if (again) await signIn(typed);
              else
                await confirmSignIn(
                  typed.code === undefined
                    ? { password: typed.password }
                    : { password: typed.password, code: typed.code },
                );
              gate.answer(true);
            }}
          >
            {again && (
              <Anchor component="button" type="button" size="sm" onClick={leave}>
                Leave this page instead
              </Anchor>
            )}
          </CredentialsForm>
        </>
      )}
    </Modal>
  );
}
