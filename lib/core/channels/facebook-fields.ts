/**
 * Webhook fields of Meta's objects that tell about the account rather than a conversation.
 * Source: Graph API, Webhooks reference, "Page", "Instagram", "User", "Permissions", "Application".
 */
export const accountFields: ReadonlySet<string> = new Set(
  `about affiliation attire awards band_interests bio birthday booking_requests category checkins company_overview
  connected_instagram_account conversations culinary_team current_location description email
  event_attendance event_attendees founded general_info general_manager genre group_change group_join hometown hours
  in_thread_lead_form_submit inbox_labels influences invoice_access_bank_slip_events
  invoice_access_invoice_change invoice_access_invoice_draft_change invoice_access_onboarding_status_active
  live_videos location members merchant_review messaging_integrity mission name page_about_story page_change
  page_upcoming_change parking payment_options personal_info personal_interests phone picture plot_outline
  price_range product_review product_reviews products public_transit publisher_subscriptions record_label
  registration release_date restaurant_services restaurant_specialties schedule screenplay_by season_schedule
  standby starring story_insights story_reactions video_text_question_responses videos video_publishing website
  written_by user_action vip
  activities books education events favorite_athletes favorite_teams feed_targeting first_name friends gender
  inspirational_people interests interested_in languages last_name likes link locale meeting_for middle_name
  movies music music_playlists photos photos_of political quotes relationship_status religion significant_other
  sports status statuses television third_party_id timezone tv username verified work
  ads_management ads_read business_management connected email_permission instagram_basic
  instagram_manage_comments instagram_manage_insights instagram_manage_messages leads_retrieval manage_pages
  pages_manage_metadata pages_messaging pages_read_engagement pages_read_user_content pages_show_list
  public_profile publish_pages read_insights user_friends user_photos whatsapp_business_management
  whatsapp_business_messaging
  add_account async_requests async_sessions catalog_changes integrity ad_account ads_rules_engine
  dynamic_ads_product_feed`
    .trim()
    .split(/\s+/),
);
