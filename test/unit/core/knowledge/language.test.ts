// Protects: the language of a document is told by the words that hold it together, also where foreign terms stand thick.
import { expect } from 'chai';
import { languageOf } from '../../../../lib/io/documents/inspect.ts';

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'Phosphatidylinositol kinase PIK3CA mutations in HER2-negative carcinoma: inhibition of mTORC1 by everolimus and exemestane was associated with progression of stomatitis, pneumonitis and hyperglycaemia in the BOLERO cohort.',
    'You can return a kettle within 30 days. Please keep the box, as we cannot take it back without one.',
  ],
  vi: [
    'Bạn có thể trả lại ấm trong vòng 30 ngày. Xin giữ lại hộp của sản phẩm vì chúng tôi không nhận lại hàng khi không có hộp.',
  ],
  de: [
    'Sie können den Kessel innerhalb von 30 Tagen zurückgeben. Bitte behalten Sie die Schachtel, denn ohne sie nehmen wir ihn nicht zurück und erstatten auch das Geld nicht.',
  ],
  fr: [
    'Vous pouvez rendre la bouilloire dans les trente jours. Gardez la boîte, car nous ne la reprenons pas sans elle et le remboursement est fait sur la carte.',
  ],
  es: [
    'Puede devolver el hervidor en los treinta días. Guarde la caja, porque no lo aceptamos sin ella y el dinero se devuelve a la tarjeta con la que pagó.',
  ],
  pt: [
    'Você pode devolver a chaleira em trinta dias. Guarde a caixa, pois não a aceitamos sem ela, e o dinheiro é devolvido para o cartão com que pagou.',
  ],
  nl: [
    'U kunt de ketel binnen dertig dagen terugsturen. Bewaar de doos, want zonder de doos nemen wij het niet terug en krijgt u het geld ook niet van ons.',
  ],
  pl: [
    'Czajnik można zwrócić w ciągu trzydziestu dni. Proszę zachować pudełko, bo bez niego nie przyjmujemy go z powrotem, a pieniądze nie wracają na kartę do klienta.',
  ],
  ru: ['Чайник можно вернуть в течение тридцати дней. Сохраните коробку: без неё мы его не примем обратно.'],
};

describe('the language of a document', () => {
  for (const [language, texts] of Object.entries(TEXTS))
    for (const text of texts)
      it(`is ${language}: ${text.slice(0, 40)}`, () => {
        expect(languageOf(text)).to.equal(language);
      });

  it('is not told of what has no words', () => {
    expect(languageOf('12 345 --- 67')).to.equal(null);
  });
});
