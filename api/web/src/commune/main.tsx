import { useView } from '../view/location';
import { start } from '../components/start';
import Commune from './Commune';

void start((meta, offline) => <Opened meta={meta} offline={offline} />);

type Props = Omit<Parameters<typeof Commune>[0], 'code'>;

/** The commune that the address names. */
function Opened(props: Props) {
  const code = useView().commune ?? '';
  return <Commune key={code} code={code} {...props} />;
}
