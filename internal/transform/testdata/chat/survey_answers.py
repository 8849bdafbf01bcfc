"""Restates chat.survey_answers from its rules; see docs of the report."""
from chat.plain import clean, key, numbered, stamp, truth, whole

HEADER = """_row_key account_id engagement_id engagement_sequence survey_kind survey_id survey_name question_id question answer answers
answer_ids is_valid answered_at scope agent_id skill_id group_id""".split()


def listed(values):
    return "|".join(str(v) for v in values or [] if clean(v) is not None)


def rows(record, names, employees, params):
    i, seen = record["info"], {}
    sequence = whole(i.get("engagementSequence"))
    for kind, answers in (record.get("surveys") or {}).items():
        for a in answers:
            ids = a.get("answersId")
            yield (
                numbered(seen, key(i["engagementId"], sequence, kind, clean(a.get("surveyID")), clean(a.get("questionID")))),
                i["accountId"], i["engagementId"], sequence, kind, clean(a.get("surveyID")), clean(a.get("name")),
                clean(a.get("questionID")), clean(a.get("displayName")), clean(a.get("value")), listed(a.get("values")), listed(ids),
                None if ids is None else truth("-2" not in map(str, ids)), stamp(whole(a.get("timeL"))), a.get("scope"),
                clean(i.get("agentId")), clean(i.get("skillId")), clean(i.get("agentGroupId")),
            )
