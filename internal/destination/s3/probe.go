package s3

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/s3answer"
)

// Probe delivers small files of its own under random hidden names, the way that files are
// delivered, and tells what the store lets us do. It fails only where nothing could be
// delivered, or where the profile promises what the store does not keep.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	p := &trial{caps: destination.Capabilities{Log: probe.Begin(), Atomic: true, Highest: destination.Hash}}
	s, err := d.connect(ctx)
	if err != nil {
		return p.failed(destination.StepLogin, err)
	}
	p.s = s
	if step, err := p.run(ctx); err != nil {
		_ = p.clean(ctx) // what went wrong first is what to tell
		return p.failed(step, err)
	}
	s.sweepProbes(ctx, p.left[0].f.Name)
	err = p.removes(ctx)
	return p.caps, err
}

// run tries the steps up to the last but one; step is the one that failed.
func (p *trial) run(ctx context.Context) (step string, err error) {
	f, token := probeFile(destination.Hash)
	if err := p.deliver(ctx, f, token); err != nil {
		return stepOf(err), err
	}
	p.caps.Passed(destination.StepConnect, destination.StepLogin, destination.StepWrite)
	if err := p.takesNames(ctx, f); err != nil {
		return destination.StepWrite, err
	}
	if err := p.readBack(ctx, f); err != nil {
		return destination.StepRead, err
	}
	return destination.StepRename, p.copies(ctx)
}

// trial is one run of Probe.
type trial struct {
	s    *session
	caps destination.Capabilities
	left []left // what must be removed
}

type left struct {
	f     destination.File
	token string
}

// stepOf tells at which step the first request failed.
func stepOf(err error) string {
	switch {
	case fault.Is(err, fault.AuthFailed) || fault.Is(err, fault.InvalidSpec) && s3answer.Code(err) != "":
		return destination.StepLogin
	case s3answer.Code(err) == "" && s3answer.Status(err) == 0:
		return destination.StepConnect
	}
	return destination.StepWrite
}

// before are the steps that went well if a later one was reached.
var before = map[string][]string{
	destination.StepLogin: {destination.StepConnect},
	destination.StepWrite: {destination.StepConnect, destination.StepLogin},
}

// failed records the step that ended the probe.
func (p *trial) failed(name string, err error) (destination.Capabilities, error) {
	if len(p.caps.Steps) == 0 && len(before[name]) > 0 {
		p.caps.Passed(before[name]...)
	}
	err = p.caps.Tried(name, err)
	return p.caps, err
}

func (p *trial) deliver(ctx context.Context, f destination.File, token string) error {
	err := p.s.Upload(ctx, f, token, func(int64) {})
	if begun, _ := f.Journal.Load(ctx); err != nil && begun == nil {
		return err // there is nothing to remove
	}
	p.left = append(p.left, left{f, token})
	if err != nil {
		return err
	}
	if _, err := p.s.Verify(ctx, f, token, f.Want); err != nil {
		return err
	}
	return p.s.Publish(ctx, f, token, false)
}

// takesNames finds out whether the store keeps a name that is taken, as it must while two
// write at once: an upload is completed on the condition that there is nothing.
func (p *trial) takesNames(ctx context.Context, f destination.File) error {
	if !p.s.profile.conditional {
		p.caps.Notes = append(p.caps.Notes, "a name is looked at just before it is taken: a file that others write there in that moment is lost")
		return nil
	}
	other, token := probeFile(destination.Hash)
	other.Name = f.Name
	st, err := p.s.begin(ctx, other, token)
	if err != nil {
		return err
	}
	p.left = append(p.left, left{other, token})
	if err := p.s.sendParts(ctx, other, st, func(int64) {}); err != nil {
		return err
	}
	_, err = p.s.complete(ctx, st.Key, st.Upload, st, p.s.condition(seen{}))
	switch {
	case err == nil:
		return fault.New(fault.InvalidSpec, "the store replaces a file although it is told not to").WithField("profile").
			WithFix("choose the profile %s", profileBasic)
	case s3answer.Code(err) != codePrecondition:
		return p.s.classify(ctx, "publish", st.Key, err)
	}
	return nil
}

// readBack finds out whether files can be read, without which level 3 is out of reach.
func (p *trial) readBack(ctx context.Context, f destination.File) error {
	_, _, err := p.s.digest(ctx, p.s.Key(f.Name))
	if fault.Is(err, fault.PermissionDenied) {
		p.caps.Lacks(destination.StepRead, "files cannot be read back: they are verified by the store's checksums, level 2 at most")
		return nil
	}
	if err == nil {
		p.caps.Passed(destination.StepRead)
	}
	return err
}

// copies tries level 3: a file is read under a temporary name and then copied.
func (p *trial) copies(ctx context.Context) error {
	if !p.caps.Works(destination.StepRead) {
		return nil
	}
	copied, token := probeFile(destination.Bytes)
	err := p.deliver(ctx, copied, token)
	if fault.Is(err, fault.PermissionDenied) {
		p.caps.Lacks(destination.StepRename, "files cannot be copied and removed, which level 3 needs: level 2 at most")
		return nil
	}
	if err == nil {
		p.caps.Passed(destination.StepRename)
		p.caps.Highest = destination.Bytes
	}
	return err
}

// removes cleans up and records whether that was allowed.
func (p *trial) removes(ctx context.Context) error {
	err := p.clean(ctx)
	if fault.Is(err, fault.PermissionDenied) {
		p.caps.Lacks(destination.StepDelete, "files cannot be removed: please remove "+p.s.Location(p.left[0].f.Name))
		return nil
	}
	if err != nil {
		return p.caps.Tried(destination.StepDelete, err)
	}
	p.caps.Passed(destination.StepDelete)
	return nil
}

// clean removes what was written, also after the context has ended.
func (p *trial) clean(ctx context.Context) error {
	ctx, cancel := destination.Cleaning(ctx)
	defer cancel()
	var all []error
	for _, l := range p.left {
		err := p.s.Discard(ctx, l.f, l.token)
		all = append(all, err, p.s.remove(ctx, p.s.Key(l.f.Name)))
	}
	return errors.Join(all...)
}

func probeFile(want destination.Level) (f destination.File, token string) {
	f, token = destination.ProbeFile(destination.HiddenProbe)
	f.Want = want
	return f, token
}
