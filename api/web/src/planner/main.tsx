import { loadBasemap } from '../map/basemap';
import { start } from '../components/start';
import Planner from './Planner';

void start((meta, offline) => <Planner meta={meta} offline={offline} />, loadBasemap);
