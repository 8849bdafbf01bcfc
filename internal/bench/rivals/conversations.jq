# Five columns of msg.conversations, a row each: jq -r -f conversations.jq RECORDS.jsonl
def stamp: (. / 1000 | floor | strftime("%Y-%m-%dT%H:%M:%S")) + "." + (. % 1000 + 1000 | tostring)[1:] + "Z";
.info
| [.conversationId, .status, (.startTimeL | stamp), .duration, .latestSkillId]
| map(tostring)
| @csv
