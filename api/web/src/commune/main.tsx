import { useView } from '../location';
import { start } from '../start';
import Commune from './Commune';

void start((meta, offline) => <Opened meta={meta} offline={offline} />);

type Props = Omit<Parameters<typeof Commune>[0], 'code'>;

/** The commune that the address names. */
function Opened(props: Props) {
  const code = useView().commune ?? '';
  return <Commune key={code} code={code} {...props} />;
}
