/** Every word that the page itself says. The assistant's words come from the platform. */

const en = {
  assistant: 'Assistant',
  subtitle: 'Answers from our help articles and your orders',
  newConversation: 'New conversation',
  log: 'Conversation',
  you: 'You',
  person: 'Support team',
  placeholder: 'Write a message…',
  messageLabel: 'Your message',
  send: 'Send',
  stop: 'Stop answering',
  stopping: 'Stopping…',
  keys: 'Enter sends, Shift + Enter begins a new line',
  tooLong: 'This message is too long',
  suggestions: 'You could ask',
  choices: 'Answers to choose from',
  files: 'Files',
  writing: 'Writing an answer…',
  answered: 'The answer is complete.',
  sources: 'Sources',
  source: 'Source',
  stopped: 'Stopped here',
  helpful: 'Helpful',
  notHelpful: 'Not helpful',
  thanks: 'Thank you',
  notRated: 'Not sent. Press again.',
  sending: 'Sending…',
  notSent: 'Not answered',
  tryAgain: 'Try again',
  newest: 'Jump to the newest message',
  newTab: 'opens in a new tab',
  connecting: 'Connecting…',
  lost: 'Connection lost. Trying again…',
  unreachable: 'We cannot reach the assistant',
  unreachableDetail: 'Trying again on our own. Your conversation is safe.',
  noTenant: 'There is no shop to talk to',
  noTenantDetail: 'This platform has no demo tenant. The API is described under /docs.',
  withPerson: 'A person of our team has taken over and will answer here.',
  wantsPerson: 'Waiting for a person of our team. They will answer here; you can go on writing.',
  paused: 'The assistant is paused. Your messages are kept.',
  offline: 'Answered without a language model',
  free: 'no cost',
  tokens: 'tokens',
  toolRunning: 'Working on it…',
  toolDone: 'Done',
  toolFailed: 'That did not work',
  toolParked: 'A person checks this',
  'tool.search_knowledge.running': 'Searching the help articles…',
  'tool.search_knowledge.done': 'Searched the help articles',
  'tool.search_knowledge.failed': 'Could not search the help articles',
  'tool.look_up_order.running': 'Looking up the order…',
  'tool.look_up_order.done': 'Looked up the order',
  'tool.look_up_order.failed': 'Could not look up the order',
  'tool.list_orders.running': 'Looking for your orders…',
  'tool.list_orders.done': 'Looked for your orders',
  'tool.list_orders.failed': 'Could not look for your orders',
  'tool.track_parcel.running': 'Tracking the parcel…',
  'tool.track_parcel.done': 'Tracked the parcel',
  'tool.track_parcel.failed': 'Could not track the parcel',
  'tool.change_address.running': 'Changing the address…',
  'tool.change_address.done': 'Asked to change the address',
  'tool.change_address.failed': 'Could not change the address',
  'tool.cancel_order.running': 'Cancelling the order…',
  'tool.cancel_order.done': 'Asked to cancel the order',
  'tool.cancel_order.failed': 'Could not cancel the order',
  'tool.request_refund.running': 'Requesting the refund…',
  'tool.request_refund.done': 'Requested the refund',
  'tool.request_refund.failed': 'Could not request the refund',
  'error.unreachable': 'The assistant cannot be reached.',
  'error.model-failed': 'The assistant could not answer this time.',
  'error.model-refused': 'The assistant may not answer this.',
  'error.taken-over': 'A person of our team has taken over.',
  'error.cancelled': 'The answer was stopped.',
  'error.body-too-large': 'This message is too long.',
  'error.other': 'Something went wrong on our side.',
};

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;

const vi: Messages = {
  assistant: 'Trợ lý',
  subtitle: 'Trả lời từ bài viết hướng dẫn và đơn hàng của bạn',
  newConversation: 'Cuộc trò chuyện mới',
  log: 'Cuộc trò chuyện',
  you: 'Bạn',
  person: 'Nhân viên hỗ trợ',
  placeholder: 'Viết tin nhắn…',
  messageLabel: 'Tin nhắn của bạn',
  send: 'Gửi',
  stop: 'Dừng trả lời',
  stopping: 'Đang dừng…',
  keys: 'Enter để gửi, Shift + Enter để xuống dòng',
  tooLong: 'Tin nhắn quá dài',
  suggestions: 'Bạn có thể hỏi',
  choices: 'Các câu trả lời để chọn',
  files: 'Tệp',
  writing: 'Đang viết câu trả lời…',
  answered: 'Đã trả lời xong.',
  sources: 'Nguồn',
  source: 'Nguồn',
  stopped: 'Đã dừng tại đây',
  helpful: 'Hữu ích',
  notHelpful: 'Không hữu ích',
  thanks: 'Cảm ơn bạn',
  notRated: 'Chưa gửi được. Hãy bấm lại.',
  sending: 'Đang gửi…',
  notSent: 'Chưa được trả lời',
  tryAgain: 'Thử lại',
  newest: 'Đến tin nhắn mới nhất',
  newTab: 'mở trong thẻ mới',
  connecting: 'Đang kết nối…',
  lost: 'Mất kết nối. Đang thử lại…',
  unreachable: 'Không liên lạc được với trợ lý',
  unreachableDetail: 'Trang đang tự thử lại. Cuộc trò chuyện của bạn vẫn được giữ.',
  noTenant: 'Chưa có cửa hàng nào để trò chuyện',
  noTenantDetail: 'Nền tảng này không có cửa hàng mẫu. API được mô tả tại /docs.',
  withPerson: 'Một nhân viên đã tiếp nhận và sẽ trả lời tại đây.',
  wantsPerson: 'Đang chờ nhân viên. Họ sẽ trả lời tại đây; bạn có thể viết tiếp.',
  paused: 'Trợ lý đang tạm dừng. Tin nhắn của bạn vẫn được giữ.',
  offline: 'Trả lời không dùng mô hình ngôn ngữ',
  free: 'không mất phí',
  tokens: 'token',
  toolRunning: 'Đang xử lý…',
  toolDone: 'Đã xong',
  toolFailed: 'Không thực hiện được',
  toolParked: 'Nhân viên sẽ kiểm tra',
  'tool.search_knowledge.running': 'Đang tìm trong các bài hướng dẫn…',
  'tool.search_knowledge.done': 'Đã tìm trong các bài hướng dẫn',
  'tool.search_knowledge.failed': 'Không tìm được trong các bài hướng dẫn',
  'tool.look_up_order.running': 'Đang tra cứu đơn hàng…',
  'tool.look_up_order.done': 'Đã tra cứu đơn hàng',
  'tool.look_up_order.failed': 'Không tra cứu được đơn hàng',
  'tool.list_orders.running': 'Đang tìm các đơn hàng…',
  'tool.list_orders.done': 'Đã tìm các đơn hàng',
  'tool.list_orders.failed': 'Không tìm được các đơn hàng',
  'tool.track_parcel.running': 'Đang theo dõi bưu kiện…',
  'tool.track_parcel.done': 'Đã theo dõi bưu kiện',
  'tool.track_parcel.failed': 'Không theo dõi được bưu kiện',
  'tool.change_address.running': 'Đang đổi địa chỉ…',
  'tool.change_address.done': 'Đã yêu cầu đổi địa chỉ',
  'tool.change_address.failed': 'Không đổi được địa chỉ',
  'tool.cancel_order.running': 'Đang hủy đơn hàng…',
  'tool.cancel_order.done': 'Đã yêu cầu hủy đơn hàng',
  'tool.cancel_order.failed': 'Không hủy được đơn hàng',
  'tool.request_refund.running': 'Đang yêu cầu hoàn tiền…',
  'tool.request_refund.done': 'Đã yêu cầu hoàn tiền',
  'tool.request_refund.failed': 'Không yêu cầu được hoàn tiền',
  'error.unreachable': 'Không liên lạc được với trợ lý.',
  'error.model-failed': 'Lần này trợ lý không trả lời được.',
  'error.model-refused': 'Trợ lý không được phép trả lời câu này.',
  'error.taken-over': 'Một nhân viên đã tiếp nhận.',
  'error.cancelled': 'Câu trả lời đã bị dừng.',
  'error.body-too-large': 'Tin nhắn quá dài.',
  'error.other': 'Đã có lỗi ở phía chúng tôi.',
};

const TABLES = { en, vi } as const;
export type Language = keyof typeof TABLES;

/** The first of the reader's languages that the page speaks. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0];
    if (language === 'vi' || language === 'en') return language;
  }
  return 'en';
}

export function messagesOf(language: Language): Messages {
  return TABLES[language];
}

/** The words for a step, also for a tool that this page has never heard of. */
export function toolWords(
  words: Messages,
  name: string,
  status: 'running' | 'done' | 'failed' | 'parked',
): string {
  if (status === 'parked') return words.toolParked;
  const key = `tool.${name}.${status}`;
  if (Object.hasOwn(words, key)) return words[key as MessageKey];
  const readable = name.replaceAll('_', ' ');
  return `${readable}: ${{ running: words.toolRunning, done: words.toolDone, failed: words.toolFailed }[status]}`;
}

export function errorWords(words: Messages, code: string, title: string): string {
  const key = `error.${code}`;
  if (Object.hasOwn(words, key)) return words[key as MessageKey];
  return title || words['error.other'];
}
