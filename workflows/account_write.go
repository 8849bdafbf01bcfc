package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// maxAnswers is how many answers an account remembers for callers that repeat a write,
// carried from one execution to the next: far more than can be in flight.
const maxAnswers = 200

// headed is every input that embeds contract.Write.
type headed interface{ Head() contract.Write }

// write is one kind of update: what it refuses, and what it changes. check is pure; it
// runs before the update reaches history and again under the lock, because the state may
// have changed in between. admit is asked before history only: what it reads may differ
// when a history is replayed elsewhere.
//
// A history may hold an accepted update that a stricter check would refuse, and must
// replay as it went. A check that can refuse what older code accepted is therefore a
// newer: it too runs before history, where nothing is replayed, but under the lock only in
// executions in which the change, an ID of workflow.GetVersion, was there from the start.
// A check of a field that older inputs do not have may go into check.
//
// A check that was made looser is the mirror of it: a history may hold an update that was
// refused under the lock. What check refused before is its older, asked under the lock only,
// and heeded where a history went so before the change, loosened.
type write[In headed] struct {
	name     string
	help     string
	check    func(In) error
	apply    func(workflow.Context, In) (contract.Written, error)
	admit    func(In) error
	change   string
	newer    func(In) error
	loosened string
	older    func(In) error
}

func newWrite[In headed](name, help string, check func(In) error, apply func(workflow.Context, In) (contract.Written, error)) write[In] {
	pass := func(In) error { return nil }
	return write[In]{name: name, help: help, check: check, apply: apply, admit: pass, newer: pass, older: pass}
}

// checkLocked checks the update again under the lock, in replay as it was checked then.
func (w write[In]) checkLocked(ctx workflow.Context, in In) error {
	if err := w.check(in); err != nil {
		return err
	}
	if err := w.older(in); err != nil && workflow.GetVersion(ctx, w.loosened, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return err
	}
	if w.change == "" {
		return nil
	}
	if workflow.GetVersion(ctx, w.change, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	return w.newer(in)
}

// register sets the update's handler: a repeat of a remembered write gets the first
// answer, one write at a time is applied, and what is shown to people follows it.
func (w write[In]) register(ctx workflow.Context, e *entity) error {
	validate := func(in In) error {
		if _, known := e.remembered(w.name, in.Head()); known {
			return nil
		}
		if err := w.admit(in); err != nil {
			return refusal(err)
		}
		if err := w.check(in); err != nil {
			return refusal(err)
		}
		return refusal(w.newer(in))
	}
	handle := func(ctx workflow.Context, in In) (contract.Written, error) {
		if err := e.mutex.Lock(ctx); err != nil {
			return contract.Written{}, err
		}
		defer e.mutex.Unlock()
		if out, known := e.remembered(w.name, in.Head()); known {
			return out, nil
		}
		if err := w.checkLocked(ctx, in); err != nil {
			return contract.Written{}, refusal(err)
		}
		out, err := w.apply(ctx, in)
		if err != nil {
			return contract.Written{}, refusal(err)
		}
		e.remember(w.name, in.Head().IdemKey, out)
		e.note(ctx, w.name, out)
		return out, nil
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, w.name, handle,
		workflow.UpdateHandlerOptions{Validator: validate, Description: w.help})
}

// remembered returns the answer that this update gave before under the same key.
func (e *entity) remembered(update string, head contract.Write) (contract.Written, bool) {
	for _, a := range e.Answers {
		if head.IdemKey != "" && a.Key == head.IdemKey && a.Update == update {
			return a.Out, true
		}
	}
	return contract.Written{}, false
}

func (e *entity) remember(update, key string, out contract.Written) {
	if key == "" {
		return
	}
	e.Answers = append(e.Answers, contract.Answer{Key: key, Update: update, Out: out})
	if over := len(e.Answers) - maxAnswers; over > 0 {
		e.Answers = append([]contract.Answer(nil), e.Answers[over:]...)
	}
}

// refusal turns an error into the application error that callers see: its type is the
// fault kind, also when an activity found it.
func refusal(err error) error {
	var app *temporal.ApplicationError
	var known *fault.Error
	switch {
	case err == nil || temporal.IsCanceledError(err):
		return err
	case errors.As(err, &app):
		return temporal.NewNonRetryableApplicationError(app.Message(), app.Type(), nil)
	case errors.As(err, &known):
		return temporal.NewNonRetryableApplicationError(known.Error(), string(known.Kind), nil)
	}
	return temporal.NewNonRetryableApplicationError(err.Error(), string(fault.Upstream), nil)
}
