// Package access says which kinds of credentials the APIs of a platform take, resource by
// resource. Whoever saves a task asks it, and the adapter that reads.
package access

import (
	"slices"
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
)

// Kinds of credentials of a source, by the names that specs use.
const (
	OAuth1 = "oauth1" // an API key, which signs each request (OAuth 1.0a, RFC 5849)
	Login  = "login"  // a user, whose login issues a bearer (Login Service API)
	OAuth2 = "oauth2" // an app, to which tokens are issued (OAuth 2.0, RFC 6749 §4.4)

	Decrypt = "decrypt" // private keys for the encrypted files of feeds, beside the door's own credentials
)

// Kinds are all that platform accounts have, in the order in which they are shown.
var Kinds = []string{OAuth1, Login, OAuth2}

// What resources take, the preferred kind first. An API key needs no login and ends no session
// of a person, so that it is preferred wherever it is taken.
var (
	keyAlone   = []string{OAuth1}
	keyOrLogin = []string{OAuth1, Login}

	takes = map[string][]string{
		"messaging_interactions": keyOrLogin,
		"engagement_history":     keyOrLogin,

		"agentmetrics_status":  keyOrLogin,
		"agentmetrics_summary": keyOrLogin,

		"ops_msgqueuehealth":         keyOrLogin,
		"ops_msgqueuehealth_current": keyOrLogin,
		"ops_msgconversation":        keyOrLogin,
		"ops_msgskillsegments":       keyOrLogin,
		"ops_msgagentsegments":       keyOrLogin,
		"ops_msgcsat":                keyOrLogin,
		"ops_msgewt":                 keyOrLogin,
		"rt_queuehealth":             keyOrLogin,
		"rt_queuestate":              keyOrLogin,
		"rt_engactivity":             keyOrLogin,
		"rt_agentactivity":           keyOrLogin,
		"rt_sla":                     keyOrLogin,
		"rt_sla_by_skill":            keyOrLogin,
		"queues_now":                 keyOrLogin,

		// The page names all three and recommends an app; the keys of OAuth 1.0 are others than
		// those of an account ("provided separately").
		"outbound": {OAuth2, Login},

		"users":          {OAuth1, Login, OAuth2}, // of an app: scope users.read (Users API, Authorization)
		"skills":         keyOrLogin,
		"agent_groups":   keyOrLogin,
		"profiles":       keyOrLogin,
		"lobs":           keyOrLogin,
		"status_reasons": keyOrLogin,
	}
)

// connectorConversations is what a source of conversations of our own says, and nothing else does.
const connectorConversations = "connector_conversations"

// feedPrefix begins the names of the tables that a platform exports.
const feedPrefix = "asapp."

// SourceKind returns the kind of source that the resource is read from.
func SourceKind(resource string) string {
	switch {
	case resource == connectorConversations:
		return account.SourceConnector
	case strings.HasPrefix(resource, feedPrefix):
		return account.SourceASAPP
	}
	return account.SourceLivePerson
}

// Takes returns the kinds that the resource's API takes, the preferred one first. A resource of
// which nothing else is said takes an API key.
func Takes(resource string) []string {
	if kinds, ok := takes[resource]; ok {
		return kinds
	}
	return keyAlone
}

// Pick returns the first of the kinds that are taken which is among those given; false if none
// is.
func Pick(taken, given []string) (kind string, ok bool) {
	i := slices.IndexFunc(taken, func(k string) bool { return slices.Contains(given, k) })
	if i < 0 {
		return "", false
	}
	return taken[i], true
}

// Check returns fault.InvalidSpec, naming what to give, if none of the given kinds is one that
// the resource takes.
func Check(resource string, given []string) *fault.Error {
	taken := Takes(resource)
	if _, ok := Pick(taken, given); ok {
		return nil
	}
	return fault.New(fault.InvalidSpec, "%s is read with %s, and the source has %s", resource, Words(taken, "or"), Words(given, "and")).
		WithField("credentials."+taken[0]).WithFix("give the source credentials.%s", strings.Join(taken, " or credentials."))
}

var words = map[string]string{OAuth1: "an API key (oauth1)", Login: "a user's login (login)", OAuth2: "an app (oauth2)"}

// Words names the kinds for people, in a row that ends with the conjunction.
func Words(kinds []string, conjunction string) string {
	named := make([]string, len(kinds))
	for i, k := range kinds {
		named[i] = words[k]
	}
	switch n := len(named); n {
	case 0:
		return "no credentials"
	case 1:
		return named[0]
	default:
		return strings.Join(named[:n-1], ", ") + " " + conjunction + " " + named[n-1]
	}
}
