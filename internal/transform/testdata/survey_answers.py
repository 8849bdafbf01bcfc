"""Restates msg.survey_answers from its rules; see docs of the report."""
from assignments import group_of
from story import Story, clean, moment, pick, stamp, truth

HEADER = """_row_key account_id conversation_id dialog_id survey_id survey_type survey_status question_id question question_type
question_format answer_seq answer_id answer is_valid csat nps fcr agent_id agent_name skill_id skill_name group_id
conversation_ended_at survey_closed_at conversation_started_at source csat_generation""".split()

GENERATION = {"PostSurvey": "pcs", "CSAT": "legacy", "Satisfaction": "legacy", "Resolution": "legacy"}
FCR = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}


def rows(record, names, employees, params):
    story = Story(record, names)
    info = story.info
    conversation = info["conversationId"]
    last = story.interactions[-1] if story.interactions else {}
    agent = clean(last.get("assignedAgentId"))
    group = group_of(story, agent, last["interactionTimeL"]) if last else {}
    skill = story.skills.at(story.end if story.closed else 1 << 62)
    is_open, full = info.get("status") == "OPEN", clean(info.get("fullDialogStatus")) or clean(info.get("status"))
    seen = {}
    for survey in record.get("conversationSurveys") or []:
        answers = survey.get("surveyData") or ([{}] if params.get("include_unanswered", True) else [])
        for a in answers:
            refused = a.get("answerId") == "InvalidAnswer"
            stated = a.get("isValidAnswer")
            valid = False if refused else stated
            text, kind = str(a.get("answer")), a.get("questionType") if valid is not False else None
            key = ":".join("-" if v is None else str(v) for v in (
                conversation, clean(survey.get("surveyId")), clean(a.get("questionId")), a.get("answerSeq")))
            seen[key] = seen.get(key, 0) + 1
            yield (
                key if seen[key] == 1 else f"{key}:{seen[key]}", info["brandId"], conversation, clean(survey.get("dialogId")),
                clean(survey.get("surveyId")), clean(survey.get("surveyType")), clean(survey.get("surveyStatus")),
                clean(a.get("questionId")), clean(a.get("question")), clean(a.get("questionType")), clean(a.get("questionFormat")),
                a.get("answerSeq"), clean(a.get("answerId")), clean(a.get("answer")), truth(valid),
                text if kind == "csat" and text in list("12345") else None,
                text if kind == "nps" and text.isdigit() and int(text) <= 10 else None,
                truth(FCR.get(text.lower())) if kind == "fcr" else None, agent,
                pick(last, "assignedAgentFullName", "agentFullName"), skill, story.skills.name(skill), clean(group.get("agentGroupId")),
                None if is_open else stamp(moment(info.get("conversationEndTimeL"))),
                None if full == "OPEN" else stamp(moment(info.get("fullDialogEndTimeL"))), stamp(story.start),
                clean(info.get("source")), GENERATION.get(survey.get("surveyType")),
            )
