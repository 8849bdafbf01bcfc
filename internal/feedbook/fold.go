package feedbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"transporter/internal/contract"
)

// stored is a state as it is kept: it names what was merged into its base by the month, in records that
// states share, so that a state does not grow with the leaves that were there before it.
type stored struct {
	State

	Base *storedBase `json:"base,omitempty"`
}

type storedBase struct {
	Base

	Members months `json:"members"`
}

// months are the records of what was merged, by the month of its stamps. A version that kept the leaves in the
// state itself wrote a list here; it finds none in its place, and does not take the base for one of nothing.
type months struct {
	hashes map[string]string
	listed []Merged // as that version wrote them
}

// MarshalJSON implements json.Marshaler.
func (m months) MarshalJSON() ([]byte, error) { return json.Marshal(m.hashes) }

// UnmarshalJSON implements json.Unmarshaler.
func (m *months) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &m.listed) == nil {
		return nil
	}
	return json.Unmarshal(text, &m.hashes)
}

func monthKey(d contract.Delivery, month, hash string) string {
	return fmt.Sprintf(membersFolder+"%s/%s/g%d/%s/%s", d.Account, d.Task, d.Generation, month, hash)
}

// fold returns the state as it is kept, once what it names is there.
func (l *Ledger) fold(ctx context.Context, s State) (stored, error) {
	if s.Base == nil {
		return stored{State: s}, nil
	}
	folded := stored{State: s, Base: &storedBase{Base: *s.Base, Members: months{hashes: map[string]string{}}}}
	byMonth := map[string][]Merged{}
	for _, m := range s.Base.Members {
		month := m.Date[:len("2006-01")]
		byMonth[month] = append(byMonth[month], m)
	}
	for month, members := range byMonth {
		text, err := json.Marshal(members)
		if err != nil {
			return folded, err
		}
		sum := sha256.Sum256(text)
		hash := hex.EncodeToString(sum[:16])
		if folded.Base.Members.hashes[month] = hash; s.Base.kept[month] == hash {
			continue
		}
		if _, err := l.records.PutIfAbsent(ctx, monthKey(s.Delivery, month, hash), members); err != nil {
			return folded, err
		}
	}
	return folded, nil
}

// unfold returns the state with what was merged into its base, in the order of the months.
func (l *Ledger) unfold(ctx context.Context, folded *stored) (*State, error) {
	s := folded.State
	if folded.Base == nil {
		return &s, nil
	}
	s.Base = &folded.Base.Base
	s.Base.Members, s.Base.kept = folded.Base.Members.listed, folded.Base.Members.hashes
	for _, month := range slices.Sorted(maps.Keys(s.Base.kept)) {
		var members []Merged
		found, err := l.records.Get(ctx, monthKey(s.Delivery, month, s.Base.kept[month]), &members)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, gone(s.Number)
		}
		s.Base.Members = append(s.Base.Members, members...)
	}
	return &s, nil
}
