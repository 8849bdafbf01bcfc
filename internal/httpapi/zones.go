package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/task"
)

// InZones searches for time zones.
type InZones struct {
	Query string `query:"q" maxLength:"64" doc:"A city, region or country, or a part of a zone's name; case and accents do not matter. Absent: every zone." example:"san francisco"`
	N     int    `query:"n" minimum:"1" maximum:"1000" default:"20" doc:"How many at most."`
}

// ZoneView is a time zone as people choose one.
type ZoneView struct {
	Zone       string      `json:"zone" doc:"IANA name: what tasks and settings take." example:"America/Los_Angeles"`
	Place      string      `json:"place" doc:"What was found: a city, a region, a country or the zone's own name." example:"San Francisco"`
	Country    string      `json:"country,omitempty" example:"United States"`
	Offset     string      `json:"offset" doc:"Of its clock from UTC, now." example:"-08:00"`
	Local      string      `json:"local" doc:"What its clock shows now." example:"2026-11-20T21:00:00-08:00"`
	NextChange *ZoneChange `json:"nextChange,omitempty" doc:"When its clock changes next; absent if no change is foreseen."`
}

// ZoneChange is a change of a clock.
type ZoneChange struct {
	At     time.Time `json:"at" doc:"UTC." example:"2027-03-14T10:00:00Z"`
	Offset string    `json:"offset" doc:"From UTC, from then on." example:"-07:00"`
}

func (s *Server) zones() {
	route(s, operation{
		Method: http.MethodGet, Path: "/v1/zones", ID: "search-zones", Tag: "zones",
		Summary: "Search time zones by city",
		Doc:     "Zones are those of the tz database that the program carries. The best match comes first; names with a typing error are found if nothing else is.",
		Errors:  []int{422},
	}, s.searchZones)
}

func (s *Server) searchZones(_ context.Context, in *InZones) (*Listing[ZoneView], error) {
	out := &Listing[ZoneView]{Body: List[ZoneView]{Items: []ZoneView{}}}
	for _, m := range task.SearchZones(in.Query, in.N) {
		v, err := viewZone(m, s.cfg.Now())
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

const offsetForm = "-07:00"

func viewZone(m task.ZoneMatch, now time.Time) (ZoneView, error) {
	zone, err := task.Zone(m.Zone)
	if err != nil {
		return ZoneView{}, err
	}
	local := now.In(zone)
	v := ZoneView{Zone: m.Zone, Place: m.Place, Country: m.Country, Offset: local.Format(offsetForm), Local: local.Format(time.RFC3339)}
	if next, ok := task.NextTransition(zone, now); ok {
		v.NextChange = &ZoneChange{At: next.At, Offset: next.At.In(zone).Format(offsetForm)}
	}
	return v, nil
}
