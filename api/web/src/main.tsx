import { createRoot } from 'react-dom/client';
import { App } from './App';
import './fonts.css';
import './page.css';
import { followServer } from './server';
import { startText } from './text';

followServer();
void startText().then(() => {
  const root = document.getElementById('app');
  if (root) createRoot(root).render(<App />);
});
