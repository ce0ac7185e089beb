import { useView } from '../view/location';
import { start } from '../components/start';
import TablesPage from './TablesPage';

void start((_, offline) => <Opened offline={offline} />);

/** The table that the address names. */
function Opened({ offline }: { offline: boolean }) {
  return <TablesPage page={useView().page ?? 'data'} offline={offline} />;
}
