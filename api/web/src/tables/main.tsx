import { useView } from '../view/location';
import { start } from '../components/start';
import Desk from './TablesPage';

void start((_, offline) => <Opened offline={offline} />);

/** The table that the address names. */
function Opened({ offline }: { offline: boolean }) {
  return <Desk page={useView().page ?? 'data'} offline={offline} />;
}
