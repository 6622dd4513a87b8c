import './look/layers.css';
import './look/mantine';
import './look/fonts.css';
import './look/base.css';

import { createRoot } from 'react-dom/client';

import { setWitness } from '~/api/client';
import { reloadForLostParts } from '~/live/lost_part';
import { reachability } from '~/live/reachability';
import { watchPresence } from '~/session/presence';
import { queries } from '~/session/session';

import { App } from './app';

reloadForLostParts(() => reachability.state() !== 'away');
watchPresence();
setWitness(reachability);
// What failed while the service was away is asked again.
reachability.whenBack(() => void queries.invalidateQueries());

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
