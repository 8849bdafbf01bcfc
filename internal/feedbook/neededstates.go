package feedbook

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"transporter/internal/store"
)

// passedKey tells up to which number the states of a table are delivered, one and all: those before
// are not looked at again.
func passedKey(folder string) string {
	return "tables-passed/" + strings.TrimPrefix(strings.TrimSuffix(folder, "/"), tablesFolder)
}

// states names the rows of every state of the account that may still be read.
func (s *sweep) states(ctx context.Context, account string) error {
	var all []store.Info
	for info, err := range s.store.List(ctx, tablesFolder+account+"/") {
		if err != nil {
			return err
		}
		if len(all) > 0 && path.Dir(all[0].Key) != path.Dir(info.Key) {
			if err := s.table(ctx, all); err != nil {
				return err
			}
			all = all[:0]
		}
		all = append(all, info)
	}
	if len(all) == 0 {
		return nil
	}
	return s.table(ctx, all)
}

// table names the rows of one table's states, which are numbered from 1: those of the newest, on which
// the next is built; of each that is not delivered, and of the one before it, since its rendering may
// have to be made again; and of each that was the newest a short time ago.
func (s *sweep) table(ctx context.Context, all []store.Info) error {
	folder, newest := path.Dir(all[0].Key), all[len(all)-1]
	task, generation := path.Base(path.Dir(folder)), 0
	if _, err := fmt.Sscanf(path.Base(folder), "g%d", &generation); err != nil {
		return fmt.Errorf("%s is no table: %w", folder, err)
	}
	if s.Over(task, generation) && s.Resumable > 0 && newest.ModTime.Before(s.now.Add(-s.Resumable)) {
		return nil
	}
	var passed, before int
	if _, err := s.records.Get(ctx, passedKey(folder), &passed); err != nil {
		return err
	}
	before = passed
	prior, done := (*State)(nil), true // the state before, and whether it is delivered
	for i := max(passed-1, 0); i < len(all); i++ {
		state, finished, err := s.state(ctx, all[i].Key)
		if err != nil {
			return err
		}
		if prior != nil && (!done || !finished || s.young(all[i].ModTime)) {
			s.named.state(prior)
		}
		if finished && passed == i {
			passed = i + 1
		}
		prior, done = state, finished
	}
	s.named.state(prior)
	if passed == before {
		return nil
	}
	return s.records.Put(ctx, passedKey(folder), passed)
}

// state returns the state of the key, and whether it is delivered.
func (s *sweep) state(ctx context.Context, key string) (*State, bool, error) {
	var kept stored
	if _, err := s.records.Get(ctx, key, &kept); err != nil {
		return nil, false, err
	}
	state := kept.State
	if kept.Base != nil {
		state.Base = &kept.Base.Base // its rows are asked for, and not its members
	}
	if number, err := strconv.Atoi(path.Base(key)); err != nil || number != state.Number {
		return nil, false, gone(number)
	}
	finished, err := s.Finished(ctx, state.Delivery)
	return &state, finished, err
}

func (n names) state(s *State) {
	for _, set := range s.Sets(false) {
		n.add(set.Runs...)
	}
}
