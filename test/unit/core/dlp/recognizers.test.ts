/** Guarantee: an identifier with a right check digit is found as what it is, one with a wrong digit is not. */
import { expect } from 'chai';
import { createDetector } from '../../../../lib/core/dlp/detect.ts';
import { detect } from '../../../../lib/core/dlp/scanner.ts';

const detector = createDetector();

/** Entity and text of what is found. */
function found(text: string): string[] {
  return detect(text, detector).map(each => `${each.entity} ${text.slice(each.start, each.end)}`);
}

const RIGHT: readonly (readonly [entity: string, sentence: string, value: string])[] = [
  ['CREDIT_CARD', 'please charge 5555 5555 5555 4444 today', '5555 5555 5555 4444'],
  ['IBAN_CODE', 'pay to NL91 ABNA 0417 1643 00 please', 'NL91 ABNA 0417 1643 00'],
  ['US_SSN', 'her social security number is 219-09-9998', '219-09-9998'],
  ['ABA_ROUTING_NUMBER', 'routing number 021000021', '021000021'],
  ['US_NPI', 'the provider NPI 1245319599', '1245319599'],
  ['UK_NHS', 'NHS number 943 476 5919', '943 476 5919'],
  ['UK_NINO', 'my national insurance is AB 12 34 56 C', 'AB 12 34 56 C'],
  ['ES_NIF', 'mi DNI es 12345678Z', '12345678Z'],
  ['IT_FISCAL_CODE', 'codice fiscale RSSMRA85T10A562S', 'RSSMRA85T10A562S'],
  ['PL_PESEL', 'PESEL 02070803628', '02070803628'],
  ['FI_PERSONAL_IDENTITY_CODE', 'hetu 131052-308T', '131052-308T'],
  ['SE_PERSONNUMMER', 'personnummer 811228-9874', '811228-9874'],
  ['TR_NATIONAL_ID', 'TC kimlik 10000000146', '10000000146'],
  ['DE_TAX_ID', 'Steuer-ID 86095742719', '86095742719'],
  ['KR_RRN', 'RRN 960121-1021413', '960121-1021413'],
  ['TH_TNIN', 'Thai ID 1101700230708', '1101700230708'],
  ['SG_NRIC_FIN', 'NRIC S1234567D', 'S1234567D'],
  ['IN_AADHAAR', 'aadhaar 2345 6789 0124', '2345 6789 0124'],
  ['AU_ABN', 'ABN 51 824 753 556', '51 824 753 556'],
  ['AU_TFN', 'tax file number 123 456 782', '123 456 782'],
  ['ZA_ID_NUMBER', 'ID number 8001015009087', '8001015009087'],
  ['VN_CCCD', 'CCCD 001099012345', '001099012345'],
  ['VN_TAX_CODE', 'mã số thuế 0100109106', '0100109106'],
  ['PHONE_NUMBER', 'số điện thoại 0912 345 678', '0912 345 678'],
  ['PHONE_NUMBER', 'call me at +49 30 901820', '+49 30 901820'],
  ['EMAIL_ADDRESS', 'write to jo.o’neil+x@mail.example.co.uk', 'neil+x@mail.example.co.uk'],
  ['URL', 'see https://example.org/a?b=1.', 'https://example.org/a?b=1'],
  ['IP_ADDRESS', 'from 2001:db8::8a2e:370:7334', '2001:db8::8a2e:370:7334'],
  ['MAC_ADDRESS', 'device 00:1A:2B:3C:4D:5E', '00:1A:2B:3C:4D:5E'],
  ['CRYPTO', 'send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT'],
  ['DATE_TIME', 'born on 12 March 1987', '12 March 1987'],
  ['AGE', 'she is 43 years old', '43'],
  ['ZIP_CODE', 'my zip code is 90210', '90210'],
  [
    'API_KEY',
    `use ${['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_')}`,
    'ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8',
  ],
  ['SECRET', 'the password is: Tr0ub4dor&3', 'Tr0ub4dor&3'],
];

const WRONG: readonly (readonly [entity: string, sentence: string])[] = [
  ['CREDIT_CARD', 'please charge 5555 5555 5555 4445 today'],
  ['IBAN_CODE', 'pay to NL91 ABNA 0417 1643 01 please'],
  ['US_SSN', 'her social security number is 000-09-9998'],
  ['UK_NHS', 'NHS number 943 476 5918'],
  ['ES_NIF', 'mi DNI es 12345678A'],
  ['PL_PESEL', 'PESEL 02070803629'],
  ['TR_NATIONAL_ID', 'TC kimlik 10000000147'],
  ['IN_AADHAAR', 'aadhaar 2345 6789 0125'],
  ['AU_ABN', 'ABN 51 824 753 557'],
  ['ZA_ID_NUMBER', 'ID number 8001015009088'],
  ['VN_TAX_CODE', 'mã số thuế 0100109107'],
  ['CRYPTO', 'send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyU'],
  ['IP_ADDRESS', 'version 256.1.2.3 and std::cout'],
  ['SECRET', 'my password is wrong again'],
];

describe('recognisers', () => {
  for (const [entity, sentence, value] of RIGHT) {
    it(`finds ${entity} in "${sentence.slice(0, 36)}"`, () => {
      expect(found(sentence)).to.include(`${entity} ${value}`);
    });
  }
  for (const [entity, sentence] of WRONG) {
    it(`refuses ${entity} in "${sentence}"`, () => {
      expect(found(sentence).filter(each => each.startsWith(`${entity} `))).to.deep.equal([]);
    });
  }

  it('leaves orders, prices, sizes and versions alone', () => {
    const text = 'order 48213 of 3 shirts, size 42, for 19.99 euro, is on Windows 10 since version 2.14.3';
    expect(found(text)).to.deep.equal([]);
  });

  it('finds names, places, organisations and addresses by what stands around them', () => {
    expect(found('Dear Mrs. Halvorsen, your claim was approved.')).to.include('PERSON Halvorsen');
    expect(found('My name is Peter Novak and I moved here from Portugal.')).to.include.members([
      'PERSON Peter Novak',
      'GPE Portugal',
    ]);
    expect(found('I work for Brightwater Analytics Ltd in Norwich.')).to.include.members([
      'ORGANIZATION Brightwater Analytics Ltd',
      'GPE Norwich',
    ]);
    expect(found('Please ship it to 14 Rosewood Lane, Apt. 7, Norwich 80412')).to.include(
      'STREET_ADDRESS 14 Rosewood Lane, Apt. 7, Norwich 80412',
    );
    expect(found('Khách hàng Nguyễn Thị Minh Khai gọi lại')).to.include('PERSON Nguyễn Thị Minh Khai');
  });

  it('leaves plain prose alone', () => {
    const text =
      'Is the summer sale still on? I would like to return two chairs that I ordered last week, please.';
    expect(found(text)).to.deep.equal([]);
  });
});
