"""Restates chat.sdes from its rules; see docs of the report."""
import hashlib
import json

from chat.plain import clean, compact, decimal, key, numbered, stamp, truth, whole

HEADER = """_row_key account_id engagement_id engagement_sequence is_authenticated ordinal sde_type original_at server_at element_hash
customer_id customer_type customer_status customer_balance customer_currency social_id account_name role company_size company_branch
store_number store_zip login_status last_payment_date registration_date person_name person_surname gender company birth_year emails
phones person_language purchase_total purchase_currency order_id cart_total cart_currency cart_items products campaign_channel
campaign_affiliate campaign_id lead_id lead_topic lead_value lead_currency service_id service_topic service_category service_status
error_code error_message error_level error_resolved error_context_id search_keywords payload""".split()

TYPES = {"customerInfo": "CUSTOMER_INFO", "personalInfo": "PERSONAL_INFO", "cartStatus": "CART_STATUS", "purchase": "PURCHASE",
         "marketingCampaignInfo": "MARKETING_CAMPAIGN_INFO", "searchContent": "SEARCH_CONTENT", "viewProduct": "VIEWED_PRODUCT",
         "viewedProduct": "VIEWED_PRODUCT", "formFillingError": "VISITOR_ERROR", "visitorError": "VISITOR_ERROR", "lead": "LEAD",
         "serviceActivity": "SERVICE_ACTIVITY"}


def inner(event, name):
    """The body of an event, which some hold under the same name once more."""
    outer = event.get(name) or {}
    return {**outer, **(outer.get(name) or {})}


def unwrap(value):
    return value["string"] if isinstance(value, dict) else value


def date(value):
    value = value or {}
    parts = [whole(value.get(k)) for k in ("year", "month", "day")]
    return None if None in parts else "%04d-%02d-%02d" % tuple(parts)


def time_of(event, name):
    values = [event.get(name)] + [v.get(name) for v in event.values() if isinstance(v, dict)]
    return next((whole(v) for v in values if clean(v) is not None), None)


def rows(record, names, employees, params):
    i, seen = record["info"], {}
    sequence = whole(i.get("engagementSequence"))
    for n, e in enumerate((record.get("sdes") or {}).get("events") or [], 1):
        kind = clean(e.get("sdeType")) or next((TYPES[k] for k in e if k in TYPES), None)
        digest = hashlib.sha256(json.dumps(e, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:16]
        at = time_of(e, "serverTimeStamp")
        customer, person, campaign, lead, service = (inner(e, k) for k in (
            "customerInfo", "personalInfo", "marketingCampaignInfo", "lead", "serviceActivity"))
        purchase, cart = e.get("purchase") or {}, e.get("cartStatus") or (e.get("purchase") or {}).get("cart") or {}
        error = e.get("visitorError") or e.get("formFillingError") or {}
        error = {**error, **(error.get("visitorError") or {})}
        contacts = [c["personalContact"] for c in person["contacts"]] if person.get("contacts") is not None else None
        listed = lambda k: None if contacts is None else "|".join(str(c[k]) for c in contacts if clean(c.get(k)) is not None)  # noqa: E731
        products = next((p for p in ((purchase.get("cart") or {}).get("products"), purchase.get("products"), (e.get("cartStatus") or {}).get("products"),
                                     (e.get("viewedProduct") or {}).get("products"), (e.get("viewProduct") or {}).get("products"))
                         if p is not None), None)
        keywords = (e.get("searchContent") or {}).get("keywords")
        yield (
            numbered(seen, key(i["engagementId"], sequence, kind, at, digest)), i["accountId"], i["engagementId"], sequence,
            truth(e.get("isAuthenticated")), n, kind, stamp(time_of(e, "originalTimeStamp")), stamp(at), digest,
            clean(customer.get("customerId")), customer.get("customerType"), customer.get("customerStatus"), decimal(customer.get("balance")),
            customer.get("currency"), clean(customer.get("socialId")), customer.get("accountName"), customer.get("role"),
            whole(customer.get("companySize")), customer.get("companyBranch"), clean(customer.get("storeNumber")),
            clean(customer.get("storeZipCode")), whole(customer.get("loginStatus")), date(customer.get("lastPaymentDate")),
            date(customer.get("registrationDate")), person.get("name"), person.get("surname"), person.get("gender"), person.get("company"),
            whole((person.get("customerAge") or {}).get("customerYearOfBirth")), listed("email"), listed("phone"), person.get("language"),
            decimal(purchase.get("total")), purchase.get("currency"), clean(purchase.get("orderId")), decimal(cart.get("total")),
            cart.get("currency"), whole(cart.get("numItems")), None if products is None else compact(products),
            whole(campaign.get("originatingChannel")), campaign.get("affiliate"), clean(campaign.get("campaignId")), clean(lead.get("leadId")),
            lead.get("topic"), decimal(lead.get("value")), lead.get("currency"), clean(service.get("serviceId")), service.get("topic"),
            service.get("category"), whole(service.get("status")), unwrap(error.get("code")), unwrap(error.get("message")),
            whole(error.get("level")), truth(error.get("resolved")), clean(error.get("contextId")),
            None if keywords is None else "|".join(map(str, keywords)), compact(e),
        )
