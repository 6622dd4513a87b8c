import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import type { Rotation as RotationReport, RunChanges } from '~/api/types';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { rotationQuery } from '~/rotations/queries';
import { RotationPill } from '~/rotations/rotation_pill';
import { Steps } from '~/runs/steps';
import { useRun } from '~/runs/use_run';
import { queries, useMay } from '~/session/session';

import { Experience } from './experience';
import { Facts } from './facts';
import { OldPassword } from './old_password';
import { Outcome } from './outcome';
import classes from './rotations.module.css';

const back = { to: '/rotations', label: 'Rotations' };

/** The run of the same id, whose steps are the rotation's, as it goes. */
function useSteps(id: string) {
  const maySee = useMay('see_runs');
  const { data, error } = useQuery({
    queryKey: ['runs', id],
    queryFn: () => request<RunChanges>('GET', '/runs/' + segment(id)),
    enabled: maySee,
    staleTime: Infinity,
    gcTime: 0,
  });
  return { run: useRun(data ?? null), error, maySee };
}

function StepsSoFar({ steps }: { steps: ReturnType<typeof useSteps> }) {
  if (!steps.maySee)
    return <p className={classes.faint}>Seeing its steps takes a right that none of your roles has.</p>;
  if (steps.run) return <Steps run={steps.run} />;
  return steps.error ? <Failed error={steps.error} /> : <RowsLoading rows={3} />;
}

function Content({ rotation }: { rotation: RotationReport }) {
  const steps = useSteps(rotation.id);
  const seq = steps.run?.seq ?? 0;
  const isOver = rotation.ended !== null;

  // A step has ended: what else is known of the rotation has changed as well.
  useEffect(() => {
    if (seq > 0 && !isOver) void queries.invalidateQueries({ queryKey: rotationQuery(rotation.id).queryKey });
  }, [seq, isOver, rotation.id]);
  // Its end changes what the other pages show.
  useEffect(() => {
    if (!isOver) return;
    void queries.invalidateQueries({ queryKey: ['accounts'] });
    void queries.invalidateQueries({ queryKey: ['rotations', 'of'] });
  }, [isOver]);

  return (
    <div className={classes.live} aria-busy={!isOver}>
      <Outcome rotation={rotation} steps={steps.run?.steps ?? []} />
      <Experience rotation={rotation} />
      <section className={classes.steps} aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        <StepsSoFar steps={steps} />
      </section>
      <OldPassword rotation={rotation} />
      <Facts rotation={rotation} />
    </div>
  );
}

/** One rotation, live while it goes on, whoever began it. */
export function Rotation() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(rotationQuery(id));
  return (
    <Page
      title="Password rotation"
      lead={
        data && (
          <Link to={`/accounts/${data.account}`}>
            <bdi>{data.account_name}</bdi>
          </Link>
        )
      }
      back={back}
      mark={data && <RotationPill rotation={data} />}
      wide
    >
      {data ? (
        <Content key={data.id} rotation={data} />
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
