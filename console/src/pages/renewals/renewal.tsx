import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import type { Renewal as Plan, RunChanges } from '~/api/types';
import { Page } from '~/parts/page';
import { said } from '~/parts/said';
import { Failed, NotForRole, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { Exact } from '~/parts/time';
import { useRun } from '~/runs/use_run';
import { queries, useMay } from '~/session/session';

import { Actions } from './actions';
import { Items } from './items';
import { renewalQuery } from './queries';
import classes from './renewals.module.css';
import { progressWords, renewalWords } from './words';

/** Asks for the plan again with each step that its run takes. */
function useLive(plan: Plan) {
  const maySee = useMay('see_runs');
  const { data } = useQuery({
    queryKey: ['runs', plan.run],
    queryFn: () => request<RunChanges>('GET', '/runs/' + segment(plan.run ?? '')),
    enabled: maySee && plan.run !== null && plan.state === 'running',
    staleTime: Infinity,
    gcTime: 0,
  });
  const seq = useRun(data ?? null)?.seq ?? 0;
  useEffect(() => {
    if (seq > 0) void queries.invalidateQueries({ queryKey: renewalQuery(plan.id).queryKey });
  }, [seq, plan.id]);
}

function Fact({ name, who, at }: { name: string; who: Plan['asked_by']; at: string | null }) {
  if (!who) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{who.name}</bdi>
        {at && (
          <>
            , <Exact at={at} />
          </>
        )}
      </dd>
    </div>
  );
}

function Content({ plan }: { plan: Plan }) {
  useLive(plan);
  return (
    <div className={classes.live} aria-busy={plan.state === 'running'}>
      <Actions renewal={plan} />
      <section aria-labelledby="items" className={classes.part}>
        <h2 id="items">Secret by secret</h2>
        <p className={classes.progress} role="status">
          {progressWords(plan.items)}
        </p>
        <Items items={plan.items} planned={plan.started === null} />
      </section>
      <dl className={classes.facts}>
        <Fact name="Asked for by" who={plan.asked_by} at={plan.created} />
        <Fact name="Approved by" who={plan.approved_by} at={plan.approved} />
        <Fact name="Started by" who={plan.started_by} at={plan.started} />
      </dl>
    </div>
  );
}

/** One plan, live while it runs, whoever began it. */
function Plan({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(renewalQuery(id));
  const words = data && renewalWords[data.state];
  return (
    <Page
      title="Renewal plan"
      lead={data && said(data.ended && data.why ? data.why : data.meaning)}
      back={{ to: '/renewals', label: 'Renew everything' }}
      mark={words && <Tag tone={words.tone}>{words.label}</Tag>}
      wide
    >
      {data ? (
        <Content key={data.id} plan={data} />
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}

export function Renewal() {
  const { id = '' } = useParams();
  if (useMay('see_keys')) return <Plan id={id} />;
  return (
    <Page title="Renewal plan">
      <NotForRole />
    </Page>
  );
}
