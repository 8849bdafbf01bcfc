package feeds

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Player plays scenarios into one bucket, each in a folder of its own, and exports days at the root. It is
// safe for concurrent use.
type Player struct {
	bucket Bucket
	export *World

	mu     sync.Mutex
	config Config
	scenes map[string]*scene // that have begun, by slug
}

// Scene is how far a scenario is.
type Scene struct {
	Name   string   `json:"name"`
	Folder string   `json:"folder"` // the sub-folder that it is in, without a slash
	Feeds  []string `json:"feeds"`
	Steps  []string `json:"steps"`
	Done   int      `json:"done"` // steps
}

// scene is a scenario in a world of its own.
type scene struct {
	world    *World
	scenario Scenario

	mu   sync.Mutex // held while a step is applied
	done int
}

// NewPlayer makes a player; nothing is written yet.
func NewPlayer(b Bucket, c Config) *Player {
	return &Player{bucket: b, export: New(c), config: c, scenes: map[string]*scene{}}
}

// SetKey sets whom scenarios that have not begun encrypt to.
func (p *Player) SetKey(armored string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config.Key = armored
}

// Export is the world at the root.
func (p *Player) Export() *World { return p.export }

// Fill exports days at the root.
func (p *Player) Fill(ctx context.Context, f Filling) error { return p.export.Fill(ctx, p.bucket, f) }

// Scenes lists the scenarios.
func (p *Player) Scenes() (list []Scene) {
	for _, name := range ScenarioNames() {
		sc, _ := p.scene(name) // it is one of them
		sc.mu.Lock()
		list = append(list, sc.state())
		sc.mu.Unlock()
	}
	return list
}

// Next applies the next step of a scenario; Run applies all that are left. After the last one neither
// does anything.
func (p *Player) Next(ctx context.Context, name string) (Scene, error) { return p.apply(ctx, name, 1) }

// Run is described with Next.
func (p *Player) Run(ctx context.Context, name string) (Scene, error) { return p.apply(ctx, name, -1) }

func (p *Player) apply(ctx context.Context, name string, steps int) (Scene, error) {
	s, err := p.scene(name)
	if err != nil {
		return Scene{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; steps != 0 && s.done < len(s.scenario.Steps); steps-- {
		step := s.scenario.Steps[s.done]
		if err := step.Apply(ctx, p.bucket); err != nil {
			return s.state(), fmt.Errorf("%s: %s: %w", s.scenario.Name, step.Name, err)
		}
		s.done++
	}
	return s.state(), nil
}

// Truth answers a question about a scenario.
func (p *Player) Truth(name string, q Question) ([]Row, error) {
	s, err := p.scene(name)
	if err != nil {
		return nil, err
	}
	return s.world.Truth(q)
}

// scene returns the scenario of a name or of its folder, in its world.
func (p *Player) scene(name string) (*scene, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slug := folderName(name)
	if s := p.scenes[slug]; s != nil && (s.begun() || s.world.config.Key == p.config.Key) {
		return s, nil
	}
	c := p.config
	c.Folder += slug + "/"
	w := New(c)
	made, err := w.Scenario(name)
	if err != nil {
		return nil, err
	}
	p.scenes[slug] = &scene{world: w, scenario: made}
	return p.scenes[slug], nil
}

func (s *scene) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done > 0
}

// state is called with the scene held.
func (s *scene) state() Scene {
	list := Scene{Name: s.scenario.Name, Folder: strings.TrimSuffix(s.world.config.Folder, "/"), Feeds: s.scenario.Feeds, Done: s.done}
	for _, step := range s.scenario.Steps {
		list.Steps = append(list.Steps, step.Name)
	}
	return list
}

var notOfNames = regexp.MustCompile(`[^a-z0-9]+`)

// folderName is a scenario's name as a folder: "plain-hour".
func folderName(name string) string {
	return strings.Trim(notOfNames.ReplaceAllString(strings.ToLower(name), "-"), "-")
}
