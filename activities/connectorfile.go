package activities

import (
	"context"
	"errors"
	"io"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// maxFetched bounds a file of an agent in memory; the platform takes at most 3 MB (Connector API,
// "File sharing").
const maxFetched = 8 << 20

// Fetch brings a file that somebody sent in a conversation from the platform into the store. A
// repeat finds the same bytes there.
func (c *Connector) Fetch(ctx context.Context, in contract.FetchFileIn) (contract.FetchFileOut, error) {
	out, err := c.fetch(ctx, in)
	return out, toTemporal(err)
}

func (c *Connector) fetch(ctx context.Context, in contract.FetchFileIn) (out contract.FetchFileOut, err error) {
	p, err := c.platform(ctx, in.Account, in.App)
	if err != nil {
		return out, err
	}
	src, err := p.Download(ctx, connector.Consumer{ID: in.Consumer, Features: in.Features}, in.Path)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	content, err := io.ReadAll(io.LimitReader(src, maxFetched+1))
	switch {
	case err != nil:
		return out, fault.New(fault.Upstream, "read the file: %w", err)
	case len(content) > maxFetched:
		return out, fault.New(fault.InvalidSpec, "the file has more than %d bytes", maxFetched)
	}
	out.Blob, err = c.Bodies.PutBody(ctx, in.ConversationRef, content)
	return out, err
}
