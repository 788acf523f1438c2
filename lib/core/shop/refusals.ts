/** Why the shop says no, in words for the customer. Placeholders are fields of the refusal's `data`. */
import type { Localized } from '../offline/declaration.ts';
import { renderTemplate } from '../offline/render.ts';

export const SHOP_REFUSALS = {
  'order-not-found': {
    en: 'I find no order with this number and this e-mail address. Please check both: the number begins with KM- and has five digits.',
    vi: 'Tôi không tìm thấy đơn hàng nào với mã và địa chỉ e-mail này. Bạn vui lòng kiểm tra lại: mã bắt đầu bằng KM- và có năm chữ số.',
  },
  'not-verified': {
    en: 'For your safety I can list orders only when you are signed in. The order number is in the subject of your confirmation e-mail and begins with KM-.',
    vi: 'Để bảo vệ bạn, tôi chỉ liệt kê đơn hàng khi bạn đã đăng nhập. Mã đơn hàng nằm trong tiêu đề e-mail xác nhận và bắt đầu bằng KM-.',
  },
  'already-shipped': {
    en: 'Order {orderId} has already left our warehouse, so its address can no longer be changed.',
    vi: 'Đơn hàng {orderId} đã rời kho nên không thể đổi địa chỉ được nữa.',
  },
  'order-cancelled': {
    en: 'Order {orderId} was cancelled, so there is nothing left to change.',
    vi: 'Đơn hàng {orderId} đã bị hủy nên không còn gì để thay đổi.',
  },
  'other-country': {
    en: 'Order {orderId} cannot be moved to another country than {country}. Please cancel it while it is not packed and order again.',
    vi: 'Không thể chuyển đơn hàng {orderId} sang nước khác ngoài {country}. Vui lòng hủy đơn khi chưa đóng gói rồi đặt lại.',
  },
  'address-incomplete': {
    en: 'That address does not look complete. Please give street, number, city and postal code in one line.',
    vi: 'Địa chỉ này có vẻ chưa đầy đủ. Vui lòng ghi số nhà, đường, quận huyện và tỉnh thành trong một dòng.',
  },
  'too-late-to-cancel': {
    en: 'Order {orderId} is already packed and can no longer be cancelled. You can refuse the parcel at the door, or return it within 30 days of delivery.',
    vi: 'Đơn hàng {orderId} đã được đóng gói nên không thể hủy. Bạn có thể từ chối nhận hàng, hoặc trả hàng trong vòng 30 ngày kể từ ngày nhận.',
  },
  'not-delivered': {
    en: 'Order {orderId} has not been delivered yet, so there is nothing to refund. An order that is not packed can be cancelled instead.',
    vi: 'Đơn hàng {orderId} chưa được giao nên chưa thể hoàn tiền. Nếu chưa đóng gói, bạn có thể hủy đơn.',
  },
  'return-period-over': {
    en: 'Order {orderId} was delivered on {deliveredOn}, and the {returnDays} days for a return are over. A fault may still be covered by the warranty.',
    vi: 'Đơn hàng {orderId} được giao ngày {deliveredOn} và thời hạn trả hàng {returnDays} ngày đã hết. Nếu sản phẩm bị lỗi, có thể vẫn còn bảo hành.',
  },
  'refund-exists': {
    en: 'A refund for order {orderId} was already requested on {requestedOn} ({refunded}). It can be requested once per order.',
    vi: 'Đơn hàng {orderId} đã được yêu cầu hoàn tiền ngày {requestedOn} ({refunded}). Mỗi đơn chỉ được yêu cầu một lần.',
  },
  'amount-above-paid': {
    en: 'I can refund at most {refundable} for the goods of order {orderId}.',
    vi: 'Tôi chỉ có thể hoàn tối đa {refundable} tiền hàng cho đơn {orderId}.',
  },
  'amount-invalid': {
    en: 'The amount has to be more than zero, with at most two decimals, for example 12.50.',
    vi: 'Số tiền phải lớn hơn 0 và có tối đa hai chữ số thập phân, ví dụ 12.50.',
  },
} as const satisfies Record<string, Localized>;

export type ShopRefusalCode = keyof typeof SHOP_REFUSALS;

export interface ShopRefusal {
  readonly ok: false;
  readonly code: ShopRefusalCode;
  /** English, for models and logs of the conversation. */
  readonly message: string;
  readonly data: Readonly<Record<string, string | number>>;
}

export function refuse(
  code: ShopRefusalCode,
  data: Readonly<Record<string, string | number>> = {},
): ShopRefusal {
  return { ok: false, code, message: renderTemplate(SHOP_REFUSALS[code].en, data, 'en'), data };
}
