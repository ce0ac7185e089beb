import { loadGround } from '../map/ground';
import { start } from '../start';
import Planner from './Planner';

void start((meta, offline) => <Planner meta={meta} offline={offline} />, loadGround);
