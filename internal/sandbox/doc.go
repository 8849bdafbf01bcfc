// Package sandbox is a local look-alike of LivePerson's Conversational Cloud: domain
// look-up, login and tokens, messaging history, account configuration and more, as strict as the published pages
// say the real ones are and with their quirks (Domain API, Messaging Interactions API,
// Users and Skills API).
//
//	srv, err := sandbox.New(sandbox.Config{Seed: 1, Conversations: 10_000, Accounts: …})
//	http.Serve(tlsListener, srv.Handler())         // every service, by path
//	http.Serve(plainListener, srv.DomainHandler()) // domain look-up and /_admin/
//
// The content is made up on the fly (package world) or read from files (package
// recorded). Faults are switched on by Server.SetFaults or PUT /_admin/faults, changes that
// the platform makes late by Server.SetLate or PUT /_admin/late. Installed apps are told by
// webhooks (package webhook), whose settings and faults PATCH /_admin/webhooks changes; GET
// /_admin/deliveries and /_admin/requests list what was delivered and what connectors called.
// Conversations that apps open are held by package live: GET /_admin/live/{account}/conversations
// and …/conversations/{id} show its own account of them, POST …/conversations/{id}/acts lets
// agents act, PUT /_admin/live/agents lets them act by themselves.
//
// # What the pages leave open, and what was chosen
//
//   - A search or a consumer without a match is 200 with an empty list; a conversation id
//     that is unknown, out of retention or not yet visible is 204.
//   - Without sort, the newest start comes first.
//   - A missing or too long source, a limit over 100, an unknown filter and a documented
//     filter that is not simulated are 400 with debugMessage. Simulated are start, end,
//     fullDialogEndTime, latestUpdateTime, status, duration, mcs, csat, alertedMcsValues,
//     skillIds, latestSkillIds, agentIds, latestAgentIds, agentGroupIds, source, device,
//     latestConversationQueueState and contentToRetrieve.
//   - The end filter sees info.endTime, which moves when a survey is submitted or times
//     out (within 24 hours here). A window of conversationEndTime therefore needs an end
//     filter that reaches 24 hours further, filtered again by the client.
//   - Three months are calendar months, measured before rounding; start.to −1 means now.
//   - Offsets have no ceiling. skillChanges has no published shape and is left out.
//   - Links and secure forms are messageData.link and messageData.secureForm.
//   - A 401 has the agent activity API's body on every service. An account that does not
//     exist has no keys, so it is 401; credentials without the permission are 403, those of a
//     kind that the API does not take 401. A refresh lets a session live on for another 8
//     hours; bearer, csrf and cookie stay. A token of Sentinel's first version is good where
//     the first is asked for, one of the second where a scope is.
//   - A configuration list without select has few attributes, as a known extractor saw;
//     one entity by id has all.
//   - Status changes are those of human agents, in the flat form whatever v says, in the
//     order of their times; both bounds are included, an hour that has passed is complete,
//     and the previous time is left out at login, at the status after it and at logout. Some
//     reasons come with their id alone.
//     Whoever is assigned a conversation is online then, and nobody stays over midnight.
//   - Agent segments become known up to a day after their end; there is one breakdown file
//     for each hour of ends. from and to of the breakdown list are epoch milliseconds.
//   - Net handle time is served in version 2, for every skill. Times are seconds, durations
//     those of humans' segments; the work time, whose formula is not published, is the time
//     logged in times the load over the messages sent. What is missing is 0, or -1 for arrivals
//     and total durations. Both bounds are included.
//   - Key messaging metrics know the order by key and no sub-groups. An average of nothing is
//     left out. Agents are humans, without matched intents and answers but those of
//     satisfaction; the trend leaves a conversation that is handed back to a queue out of what
//     is concluded.
//   - Outbound Reporting pages by a cursor page.nextPage that comes back as a parameter, 500
//     transactions at once, newest first; page.count is that of the page. A session and a token
//     of Sentinel's first version are taken. One in three messages before a conversation of SMS,
//     the app or WhatsApp began it; the others led to nothing.
//   - App installations have one revision for all of an account's; it must be given to change
//     or delete one (412 otherwise), not to create one. A name that is taken is 409; deleted
//     ones are listed with include_deleted=true. Webhooks of a type that does not exist are
//     refused, other members that no page names are kept.
//   - What is stored for an app that failed is tried with its oldest for each endpoint that
//     failed. An app is disabled when an endpoint takes longer than 2.5 seconds for more than 2
//     minutes without a quick answer between. Changes take effect at once.
//   - Live conversations happen on the real clock, even where the data's is fixed; histories have
//     them by id and not in searches. A consumer may hold several. Every skill has a survey.
//   - Requests that are wrong are 400 with code 40000, also a conversation that is unknown or
//     closed; one of another consumer's is 401 with 40103. Deliveries and reads must be of numbers
//     that the dialog gave out. A missing AppJWT is 40105, as the table says.
//   - The state's CLOSE and the stage's end the conversation without a survey; the main dialog's
//     alone lets one follow, as an agent's close does. Chat states in a survey come to nothing.
//     What no button says is asked again; skip ends it.
//   - effectiveTTR is -1 while nobody waits. It is told with the next change of state, a message
//     alone is none.
//   - Auto messages come where the opening and the first message declare them, and not when that
//     message comes ten seconds after the opening or later.
//   - Agents have the same id in webhooks and in the history. Messages of live conversations are
//     not scored.
//   - An address of a file is good for its method and path for a minute. A file that is announced
//     can be put; what is wrong with it is said when it is sent.
//   - Conversations of more than a hundred messages are cut (isPartial) unless asked for
//     by id.
//   - Live numbers of messaging: queues and segments are averaged and counted over the whole
//     interval; a segment counts where it ends, a conversation where it is closed. What the
//     pages leave open about chats: agents have no limit of chats, so that a queue has one
//     available slot, and a handled chat counts where it ends.
package sandbox
