import { useView } from '../location';
import { start } from '../start';
import Desk from './Desk';

void start((_, offline) => <Opened offline={offline} />);

/** The table that the address names. */
function Opened({ offline }: { offline: boolean }) {
  return <Desk page={useView().page ?? 'data'} offline={offline} />;
}
