/** From a tool's name to its decision. */
import {
  type ChangeAddressArgs,
  decideCancelOrder,
  decideChangeAddress,
  decideListOrders,
  decideLookUpOrder,
  decideRequestRefund,
  decideTrackParcel,
  type OrderArgs,
  type RequestRefundArgs,
  type ShopDecision,
} from './decide.ts';
import type { CustomerRow, OrderRow } from './rows.ts';
import type { ShopToolName } from './tools.ts';

export type ShopArguments = ChangeAddressArgs & RequestRefundArgs & OrderArgs;

/** Callers in the chat are not signed in, so nobody's list of orders is shown to them. */
export function decideShopTool(
  tool: ShopToolName,
  args: ShopArguments,
  found: { readonly order: OrderRow; readonly customer: CustomerRow } | undefined,
  nowMs: number,
): ShopDecision<object> {
  switch (tool) {
    case 'look_up_order':
      return decideLookUpOrder(found?.order, found?.customer, args);
    case 'track_parcel':
      return decideTrackParcel(found?.order, found?.customer, args);
    case 'change_address':
      return decideChangeAddress(found?.order, found?.customer, args);
    case 'cancel_order':
      return decideCancelOrder(found?.order, found?.customer, args, nowMs);
    case 'request_refund':
      return decideRequestRefund(found?.order, found?.customer, args, nowMs);
    case 'list_orders':
      return decideListOrders(undefined, [], args, {});
  }
}
