/** What the offline provider says by itself, and the words by which it is spoken to whatever the tenant sells. */
import type { Alternatives, IntentRule, Localized } from './declaration.ts';

/** Said where the customer should know: in greetings, when asked, and when it does not know an answer. */
export const OFFLINE_NOTICE: Localized = {
  en: 'I am an automatic assistant without a language model: I quote the help articles and carry out a few fixed requests.',
  vi: 'Tôi là trợ lý tự động, không dùng mô hình ngôn ngữ: tôi trích dẫn bài trợ giúp và thực hiện một số yêu cầu cố định.',
};

/** Ends each text that offers a person. It is found again in the conversation, so that "yes" is understood. */
export const OFFER: Localized = {
  en: 'Would you like me to hand you over to a person?',
  vi: 'Bạn có muốn tôi chuyển bạn đến nhân viên không?',
};

/** Begins each text that says so; two in a row are enough. */
export const UNSURE: Localized = {
  en: 'I do not know the answer to that.',
  vi: 'Tôi không biết câu trả lời cho điều này.',
};

export const SAY = {
  greeting: { en: 'Hello! How can I help you?', vi: 'Xin chào! Tôi có thể giúp gì cho bạn?' },
  thanks: {
    en: 'You are welcome. Is there anything else I can do for you?',
    vi: 'Không có gì ạ. Tôi có thể giúp gì thêm cho bạn không?',
  },
  goodbye: { en: 'Goodbye, and have a good day!', vi: 'Tạm biệt, chúc bạn một ngày tốt lành!' },
  empty: {
    en: 'I could not read any words in that message. What can I do for you?',
    vi: 'Tôi không đọc được chữ nào trong tin nhắn này. Tôi có thể giúp gì cho bạn?',
  },
  ready: { en: 'What can I do for you?', vi: 'Tôi có thể giúp gì cho bạn?' },
  dropped: {
    en: 'All right, I have not changed anything. Is there anything else?',
    vi: 'Vâng, tôi chưa thay đổi gì cả. Bạn cần gì thêm không?',
  },
  identity: {
    en: 'No, I am not a person. You can ask for one at any time.',
    vi: 'Không, tôi không phải là người. Bạn có thể yêu cầu gặp nhân viên bất cứ lúc nào.',
  },
  handOver: {
    en: 'I am handing you over to a person. Everything written here stays visible to them.',
    vi: 'Tôi đang chuyển bạn đến nhân viên. Nhân viên sẽ thấy toàn bộ nội dung đã trao đổi.',
  },
  complaint: {
    en: 'I am sorry about that. A person should look at it, so I am handing you over.',
    vi: 'Tôi rất tiếc về điều này. Nhân viên cần xem xét, nên tôi chuyển bạn đến nhân viên.',
  },
  safety: {
    en: 'I hope nobody is hurt; in an emergency please call the emergency services first. I am handing you over to a person.',
    vi: 'Mong là không ai bị thương; nếu khẩn cấp, hãy gọi cấp cứu trước. Tôi đang chuyển bạn đến nhân viên.',
  },
  stuck: {
    en: 'I cannot go on without that.',
    vi: 'Tôi không thể tiếp tục nếu thiếu thông tin đó.',
  },
  toolFailed: {
    en: 'I could not find that out just now.',
    vi: 'Hiện tôi chưa tra cứu được thông tin này.',
  },
  several: { en: 'Please one at a time.', vi: 'Vui lòng làm từng đơn một.' },
  related: { en: 'This article comes closest: {title}.', vi: 'Bài viết gần nhất là: {title}.' },
} as const satisfies Record<string, Localized>;

export const PERSON_RULES: readonly IntentRule[] = [
  {
    all: [
      'talk to|speak to|speak with|talk with|chat with|connect me|connect to|transfer me|transfer to|get me|give me|' +
        'put me through|hand me over|hand over|i want|i need|let me|reach|call|can i have|contact',
      'human|a person|real person|person|human being|agent|representative|rep|someone|somebody|staff|operator|' +
        'manager|supervisor|colleague|human support|team member|employee',
    ],
    none: 'dont want to talk|do not want to talk|dont need a human|no human|reach us|give me an agent name',
    form: 'any',
  },
  {
    all: ['real human|live agent|human agent|live person|human please|agent please|person please'],
    form: 'any',
  },
  {
    all: [
      'gặp|nói chuyện|nói với|chat với|kết nối|chuyển|chuyển tôi|liên hệ|trao đổi với|cho tôi|muốn|cần',
      'nhân viên|người thật|con người|tư vấn viên|quản lý|tổng đài viên|người hỗ trợ|người tư vấn|một người|bộ phận hỗ trợ',
    ],
    none: 'không muốn gặp|không cần gặp|không cần nhân viên|có phải',
    form: 'any',
  },
];

/** Only when it is the whole message. */
export const PERSON_WORDS: Alternatives =
  'human|agent|person|operator|representative|a human|a person|support agent|nhân viên|người thật|tư vấn viên|gặp nhân viên';

export const COMPLAINT_RULES: readonly IntentRule[] = [
  {
    all: [
      'complain|complaint|unacceptable|lawyer|sue you|legal action|scam|scammed|fraud|consumer protection|' +
        'worst service|khiếu nại|lừa đảo|luật sư|kiện ra tòa|quá tệ|không chấp nhận được',
    ],
  },
];

export const SAFETY_RULES: readonly IntentRule[] = [
  {
    all: [
      'injured|injury|hospital|exploded|caught fire|on fire|burned my|burnt my|burned me|electric shock|' +
        'allergic reaction|bị bỏng|bị thương|cấp cứu|phát nổ|bốc cháy|ngộ độc|dị ứng nặng',
    ],
    none: 'if it|what if|nếu',
    form: 'any',
  },
];

export const IDENTITY_RULES: readonly IntentRule[] = [
  {
    all: [
      'are you|r u|is this|am i talking to|am i chatting with|am i speaking with|you are',
      'bot|robot|human|a human|real|real person|a person|ai|machine|automated|language model|chatbot|llm',
    ],
    form: 'any',
  },
  { all: ['who are you|what are you|bạn là ai|bạn là gì|em là ai|ai đang trả lời|ai vậy'], form: 'any' },
  {
    all: [
      'bạn là|có phải|đây là|đang nói chuyện với|đang chat với',
      'bot|robot|máy|ai|người thật|con người|người máy|trợ lý ảo|chatbot',
    ],
    none: 'máy rửa bát',
    form: 'any',
  },
];

/** How-to words: with one of them a message asks, whatever else it says. */
export const QUESTION_WORDS: Alternatives =
  'how|why|what is|what are|what if|what happens|whats|which|when do|when does|when can|when will|' +
  'làm sao|thế nào|như thế nào|cách nào|bằng cách nào|bao lâu|bao nhiêu|mấy ngày|tại sao|vì sao|là gì|chính sách|quy định|' +
  'khi nào|bao giờ|nếu';

/** Words of a question that may be a polite request, see `REQUEST_WORDS`. */
export const MAYBE_QUESTION_WORDS: Alternatives =
  'can i|could i|may i|is it possible|do you|does|am i able|am i allowed|is there|are there|should i|do i|' +
  'được không|có được|có thể|có phải|hay không|cho hỏi|cho tôi hỏi|cho mình hỏi';

export const REQUEST_WORDS: Alternatives =
  'please|pls|can you|could you|would you|will you|i want to|i would like to|id like to|i need to|help me|' +
  'giúp tôi|giúp mình|giúp em|giúp với|hộ tôi|vui lòng|làm ơn|tôi muốn|mình muốn|em muốn|tôi cần|mình cần|xin hãy';

export const YES_WORDS: Alternatives =
  'yes|yes please|y|yep|yeah|yup|sure|ok|okay|please do|go ahead|do it|confirm|confirmed|correct|thats right|' +
  'right|of course|vâng|dạ|có|đúng rồi|đúng|ừ|đồng ý|được|ok em|tiến hành đi|xác nhận|chuẩn';

export const NO_WORDS: Alternatives =
  'no|nope|n|no thanks|no thank you|not|dont|do not|stop|wrong|không|đừng|thôi|không cần|khỏi|chưa|sai rồi';

export const DROP_WORDS: Alternatives =
  'never mind|nevermind|forget it|forget about it|leave it|stop it|changed my mind about that|cancel that|not anymore|' +
  'thôi|thôi khỏi|khỏi|không cần nữa|bỏ qua|thôi không cần';

export const UNKNOWN_WORDS: Alternatives =
  'dont know|do not know|dont have|do not have|dont remember|do not remember|cant find|cannot find|can not find|' +
  'lost it|lost the|lost my|forgot|no idea|where do i find|where can i find|where is it|not sure|' +
  'không biết|không nhớ|không có|quên|không tìm thấy|mất rồi|tìm ở đâu|xem ở đâu';

export const GREETING_WORDS: Alternatives =
  'hello|hi|hey|hiya|good morning|good afternoon|good evening|good day|greetings|xin chào|chào bạn|chào shop|chào em|' +
  'chào anh|chào chị|chào|alo|hello shop|hi shop';

export const THANKS_WORDS: Alternatives =
  'thank you|thanks|thank u|thx|ty|many thanks|cheers|appreciate it|cảm ơn|cám ơn|cảm ơn bạn|cám ơn bạn|tks';

export const GOODBYE_WORDS: Alternatives =
  'bye|goodbye|bye bye|see you|see ya|have a nice day|have a good day|good night|tạm biệt|chào tạm biệt|hẹn gặp lại';

/** Words that may stand around a greeting or thanks without making it a request. */
export const FILLER_WORDS: Alternatives =
  'there|again|so much|very much|a lot|for your help|for the help|for the information|for everything|your help|' +
  'everyone|all|team|great|perfect|awesome|nice|good|ok|okay|well|and|that|is|was|its|helpful|that helps|then|now|you|' +
  'very|much|to|the|sir|madam|friend|nhiều|bạn|ạ|nhé|shop|nha|em|anh|chị|rất|lắm|mọi người|ad|admin|đã|giúp|hỗ trợ|vì|tốt|quá';
