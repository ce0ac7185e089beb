// Texts in the language of the view, which comes from the URL.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { currentView } from '../view/location';
import { en } from './en';
import { vi } from './vi';

export async function startText(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: currentView().lang,
    fallbackLng: 'vi',
    resources: { vi: { translation: vi }, en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React escapes what it writes
  });
}
