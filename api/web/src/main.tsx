import { createRoot } from 'react-dom/client';
import { App } from './App';
import './fonts.css';
import './app.css';
import './panels.css';
import './print.css';
import { followServer } from './server';
import { startText } from './text';

followServer();
void startText().then(() => {
  const root = document.getElementById('app');
  if (root) createRoot(root).render(<App />);
});
