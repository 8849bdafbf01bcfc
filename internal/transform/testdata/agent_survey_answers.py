"""Restates msg.agent_survey_answers from its rules; see docs of the report."""
from sections import Keys
from story import clean, stamp, truth

HEADER = """_row_key account_id conversation_id dialog_id is_latest survey_id ac_survey_id ac_survey_name ac_survey_revision status
status_reason skill_id skill_name assigned_agent_id assigned_agent_name performed_by_agent_id performed_by_agent_name
last_updated_at question_id question question_definition question_category answer_id answer""".split()


def answers(survey):
    for question in survey.get("submittedAnswers") or []:
        for answer in question.get("answers") or [{}]:
            yield question, answer


def rows(record, names, employees, params):
    info = record["info"]
    keys = Keys(info["conversationId"])
    latest = record.get("latestAgentSurvey")
    surveys = [(latest, True)] if latest else []
    surveys += [(s, False) for s in record.get("previouslySubmittedAgentSurveys") or [] if s != latest]
    for s, is_latest in surveys:
        given = list(answers(s)) or ([({}, {})] if params.get("include_unanswered", True) else [])
        for q, a in given:
            yield (
                keys.of(clean(s.get("surveyId")), int(s["lastUpdateTime"]), clean(q.get("questionId")), clean(a.get("answerId"))),
                info["brandId"], info["conversationId"], clean(s.get("dialogId")), truth(is_latest), clean(s.get("surveyId")),
                clean(s.get("acSurveyId")), clean(s.get("acSurveyName")), s.get("acSurveyRevision"), clean(s.get("surveyStatus")),
                clean(s.get("statusReason")), clean(s.get("surveySkillId")), clean(s.get("surveySkillName")),
                clean(s.get("assignedAgentId")), clean(s.get("assignedAgentName")), clean(s.get("performedByAgentId")),
                clean(s.get("performedByAgentName")), stamp(int(s["lastUpdateTime"])), q.get("questionId"), q.get("questionText"),
                q.get("questionDefinition"), q.get("questionCategory"), a.get("answerId"), a.get("answer"),
            )
