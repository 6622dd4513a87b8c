import { sentence } from '~/api/problem';
import { routeDifference } from '~/connections/destination';
import { Route } from '~/connections/route';
import { Confirm } from '~/parts/confirm';

import type { ResetQuestion } from './use_reset_account';

const words = {
  route: { title: 'Where this password will go', yes: 'Send it there', no: 'Do not send it' },
  oddities: { title: 'Is the password meant like this?', yes: 'It is meant so', no: 'Let me look' },
};

function RouteQuestion({ before, destination }: { before: string; destination: string }) {
  return (
    <>
      {before !== '' && (
        <p>
          It is not what was shown before. It is different in:{' '}
          <strong>{routeDifference(before, destination).join(', ') || 'its details'}</strong>.
        </p>
      )}
      <Route destination={destination} />
    </>
  );
}

/** What is asked before the reset account’s password leaves the page. */
export function ResetQuestions({
  asked,
}: {
  asked: { question: ResetQuestion; answer: (yes: boolean) => void } | null;
}) {
  const question = asked?.question;
  const { title, yes, no } = words[question?.kind ?? 'route'];
  return (
    <Confirm opened={asked !== null} title={title} yes={yes} no={no} onAnswer={(answer) => asked?.answer(answer)}>
      {question?.kind === 'oddities' && <p>{sentence(question.detail)} It was not saved yet.</p>}
      {question?.kind === 'route' && <RouteQuestion before={question.before} destination={question.destination} />}
    </Confirm>
  );
}
