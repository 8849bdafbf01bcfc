# Five columns of msg.messages, a row for each message: jq -r -f messages.jq RECORDS.jsonl
def stamp: (. / 1000 | floor | strftime("%Y-%m-%dT%H:%M:%S")) + "." + (. % 1000 + 1000 | tostring)[1:] + "Z";
.info.conversationId as $conversation
| .messageRecords[]?
| [$conversation, .messageId, (.timeL | stamp), .sentBy, .messageData.msg.text]
| @csv
