import { sentence } from '~/api/problem';
import { routeDifference } from '~/connections/destination';
import { Route } from '~/connections/route';
import { productName } from '~/connections/states';
import { Confirm } from '~/parts/confirm';

import type { Question } from './sending';

function RouteQuestion({ question }: { question: Question & { kind: 'route' } }) {
  const { destination, proven, shownBefore } = question;
  return (
    <>
      {shownBefore !== null ? (
        <p>
          Somebody changed where this password would go while you were here. It is different in:{' '}
          <strong>{routeDifference(shownBefore, destination).join(', ') || 'its details'}</strong>.
        </p>
      ) : (
        !proven && (
          <p>
            <strong>No password of this account was accepted there yet.</strong> If you did not enter this address
            yourself, find out who did before you send a password to it: the audit trail says.
          </p>
        )
      )}
      <Route destination={destination} />
    </>
  );
}

function SaveUntested({ products }: { products: readonly string[] }) {
  const names = products.map(productName);
  return (
    <>
      <p>How Exchange is reached was changed, and no test of the form as it stands has shown that it works.</p>
      <p>
        If it does not, {names.length === 1 ? 'this product does' : 'these products do'} not reach Exchange until it is
        mended: <strong>{names.join(', ')}</strong>.
      </p>
    </>
  );
}

function SaveAnyway({ products }: { products: readonly string[] }) {
  const names = products.map(productName);
  return (
    <>
      <p>The last test of this form, as it stands, did not succeed.</p>
      {names.length > 0 ? (
        <p>
          Saved like this, {names.length === 1 ? 'this product does' : 'these products do'} not reach Exchange until it
          works again: <strong>{names.join(', ')}</strong>.
        </p>
      ) : (
        <p>No product uses this connection, so nothing stops working that works now.</p>
      )}
      <p>That you saved it all the same is written into the audit trail.</p>
    </>
  );
}

const words = {
  route: { title: 'Where this password will go', yes: 'Send it there', no: 'Do not send it' },
  oddities: { title: 'Is the password meant like this?', yes: 'It is meant so', no: 'Let me look' },
  deep: { title: 'Deep test', yes: 'Run the deep test', no: 'Cancel' },
  save_anyway: { title: 'Save although the test failed?', yes: 'Save all the same', no: 'Keep editing' },
  save_untested: { title: 'Save without a test?', yes: 'Save untested', no: 'Keep editing' },
};

/** The dialog of whichever question is open. */
export function Questions({ asked }: { asked: { question: Question; answer: (yes: boolean) => void } | null }) {
  const question = asked?.question;
  const { title, yes, no } = words[question?.kind ?? 'route'];
  return (
    <Confirm
      opened={Boolean(asked)}
      title={title}
      yes={yes}
      no={no}
      danger={question?.kind === 'save_anyway'}
      onAnswer={(answer) => asked?.answer(answer)}
    >
      {question?.kind === 'route' && <RouteQuestion question={question} />}
      {question?.kind === 'oddities' && <p>{sentence(question.detail)} It was not tried or saved yet.</p>}
      {question?.kind === 'deep' && (
        <p>
          After the test, Mailward makes a hidden folder and one marked item in it in the mailbox{' '}
          <strong>{question.mailbox}</strong>, moves the item and removes both. Nothing is sent, and nothing else in the
          mailbox is touched.
        </p>
      )}
      {question?.kind === 'save_anyway' && <SaveAnyway products={question.products} />}
      {question?.kind === 'save_untested' && <SaveUntested products={question.products} />}
    </Confirm>
  );
}
