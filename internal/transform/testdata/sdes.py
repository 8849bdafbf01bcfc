"""Restates msg.sdes from its rules; see docs of the report."""
import hashlib
import json

from rival import compact
from sections import Keys, shortest
from story import clean, moment, stamp, truth

HEADER = """_row_key account_id conversation_id is_authenticated ordinal element_hash sde_type original_at server_at customer_id
customer_type customer_status customer_balance customer_currency social_id account_name role company_size company_branch
store_number store_zip login_status last_payment_date registration_date person_name person_surname gender company
birth_year emails phones person_language purchase_total purchase_currency order_id cart_total cart_currency cart_items
products campaign_channel campaign_affiliate campaign_id lead_id lead_topic lead_value lead_currency service_id
service_topic service_category service_status error_code error_message error_level error_resolved error_context_id
search_keywords payload""".split()


def body(event, key):
    outer = event.get(key) or {}
    return {**{k: v for k, v in outer.items() if k != key}, **(outer.get(key) or {})}


def day(date):
    parts = [clean((date or {}).get(k)) for k in ("year", "month", "day")]
    return None if None in parts else "%04d-%02d-%02d" % tuple(map(int, parts))


def first(*values):
    return next((v for v in values if v is not None), None)


def rows(record, names, employees, params):
    info = record["info"]
    keys = Keys(info["conversationId"])
    for source, known in (("sdes", True), ("unAuthSdes", False)):
        for n, e in enumerate((record.get(source) or {}).get("events") or [], 1):
            inner = [v for v in e.values() if isinstance(v, dict)]
            server = moment(first(e.get("serverTimeStamp"), *(v.get("serverTimeStamp") for v in inner)))
            original = moment(first(e.get("originalTimeStamp"), *(v.get("originalTimeStamp") for v in inner)))
            digest = hashlib.sha256(json.dumps(e, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]
            c, p, m, l = (body(e, k) for k in ("customerInfo", "personalInfo", "marketingCampaignInfo", "lead"))
            s, x = (body(e, k) for k in ("serviceActivity", "visitorError"))
            buy, cart, view = e.get("purchase") or {}, e.get("cartStatus") or {}, e.get("viewedProduct") or {}
            bought = buy.get("cart") or {}
            contacts = [k.get("personalContact") or {} for k in p.get("contacts") or []]
            products = first(bought.get("products"), buy.get("products"), cart.get("products"), view.get("products"))
            yield (
                keys.of(truth(known), e["sdeType"], server, digest), info["brandId"], info["conversationId"], truth(known), n, digest,
                e["sdeType"], stamp(original), stamp(server), clean(c.get("customerId")), c.get("customerType"),
                c.get("customerStatus"), shortest(c.get("balance")), c.get("currency"), clean(c.get("socialId")), c.get("accountName"),
                c.get("role"), c.get("companySize"), c.get("companyBranch"), clean(c.get("storeNumber")), clean(c.get("storeZipCode")),
                c.get("loginStatus"), day(c.get("lastPaymentDate")), day(c.get("registrationDate")), p.get("name"), p.get("surname"),
                p.get("gender"), p.get("company"), (p.get("customerAge") or {}).get("customerYearOfBirth"),
                "|".join(k["email"] for k in contacts if clean(k.get("email"))),
                "|".join(k["phone"] for k in contacts if clean(k.get("phone"))), p.get("language"), shortest(buy.get("total")),
                buy.get("currency"), clean(buy.get("orderId")), shortest(first(cart.get("total"), bought.get("total"))),
                first(cart.get("currency"), bought.get("currency")), first(cart.get("numItems"), bought.get("numItems")),
                None if products is None else compact(products), m.get("originatingChannel"), m.get("affiliate"),
                clean(m.get("campaignId")), clean(l.get("leadId")), l.get("topic"), shortest(l.get("value")), l.get("currency"),
                clean(s.get("serviceId")), s.get("topic"), s.get("category"), s.get("status"), x.get("code"), x.get("message"),
                x.get("level"), None if x.get("resolved") is None else truth(str(x["resolved"]).lower() in ("true", "1")),
                clean(x.get("contextId")), "|".join((e.get("searchContent") or {}).get("keywords") or []), compact(e),
            )
