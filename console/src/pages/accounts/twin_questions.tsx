import { sentence } from '~/api/problem';
import { routeDifference } from '~/connections/destination';
import { Route } from '~/connections/route';
import { Confirm } from '~/parts/confirm';

import classes from './renewal.module.css';
import type { TwinQuestion } from './use_twin';

const words = {
  routes: { title: 'Where this password will go', yes: 'Send it there', no: 'Do not send it' },
  oddities: { title: 'Is the password meant like this?', yes: 'It is meant so', no: 'Let me look' },
};

function Routes({ connections, before }: TwinQuestion & { kind: 'routes' }) {
  const differs = (one: (typeof connections)[number]) => {
    const shown = before?.find((other) => other.id === one.id);
    return shown ? routeDifference(shown.destination ?? '', one.destination ?? '').join(', ') : 'a connection more';
  };
  return (
    <>
      {before ? (
        <p>Somebody changed where this password would go while you were here.</p>
      ) : (
        <p>
          <strong>No password was accepted at some of these yet.</strong> If you did not enter an address yourself, find
          out who did before you send a password to it: the audit trail says.
        </p>
      )}
      {connections.map((one) => (
        <div key={one.id} className={classes.destinations}>
          <strong>
            <bdi>{one.description}</bdi>
            {before && differs(one) !== '' && <> (different: {differs(one).toLowerCase()})</>}
          </strong>
          <Route destination={one.destination ?? ''} />
        </div>
      ))}
    </>
  );
}

/** What is asked before the twin's password leaves the page. */
export function TwinQuestions({ asked }: { asked: { question: TwinQuestion; answer: (yes: boolean) => void } | null }) {
  const question = asked?.question;
  const { title, yes, no } = words[question?.kind ?? 'routes'];
  return (
    <Confirm opened={asked !== null} title={title} yes={yes} no={no} onAnswer={(answer) => asked?.answer(answer)}>
      {question?.kind === 'oddities' && <p>{sentence(question.detail)} It was not saved yet.</p>}
      {question?.kind === 'routes' && <Routes {...question} />}
    </Confirm>
  );
}
