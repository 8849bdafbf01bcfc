// Package temporalx is how every program and test talks to Temporal: one client factory
// with the payload codec, encoded failures, logs, metrics and interceptors, the bootstrap
// of a namespace, and the adapters that other packages' ports need of Temporal.
package temporalx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"

	"transporter/internal/codec"
	"transporter/internal/fault"
	"transporter/internal/schedule"
)

// redial is how long Dial waits before it tries an unreachable server again.
const redial = 500 * time.Millisecond

// Options configures a client. Address, TLS and API key come from the standard TEMPORAL_*
// variables and the Temporal configuration file; a field that is set here wins.
type Options struct {
	HostPort  string
	Namespace string
	Keys      codec.Keys // the codec's ring; required
	Logger    *slog.Logger
	Metrics   *Metrics // nil: none
	// Wait is how long Dial keeps trying a server that cannot be reached; zero: one try.
	Wait time.Duration
}

// Dial returns a client that has reached the server. The caller closes it. A server that
// cannot be reached is fault.Upstream, refused credentials are fault.PermissionDenied.
func Dial(ctx context.Context, o Options) (client.Client, error) {
	options, err := ClientOptions(o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, max(o.Wait, redial*10))
	defer cancel()
	for {
		c, err := client.DialContext(ctx, options)
		if err == nil {
			return c, nil
		}
		if denied := new(serviceerror.PermissionDenied); errors.As(err, &denied) {
			return nil, fault.New(fault.PermissionDenied, "connect to Temporal at %s: %w", options.HostPort, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(redial):
			if o.Wait > 0 {
				continue
			}
		}
		return nil, fault.New(fault.Upstream, "connect to Temporal at %s: %w", options.HostPort, err).
			WithFix("start the server, or point TEMPORAL_ADDRESS at it")
	}
}

// ClientOptions returns what Dial connects with, for replayers and tests.
func ClientOptions(o Options) (client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return client.Options{}, fault.New(fault.InvalidSpec, "read the Temporal configuration: %w", err)
	}
	if o.Keys == nil {
		return client.Options{}, fault.New(fault.ConfigMissing, "a Temporal client needs the codec's key ring")
	}
	if o.HostPort != "" {
		options.HostPort = o.HostPort
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if o.Namespace != "" {
		options.Namespace = o.Namespace
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options.Logger = sdklog.NewStructuredLogger(logger)
	options.DataConverter = DataConverter(o.Keys, options.Namespace)
	options.FailureConverter = FailureConverter(options.DataConverter)
	options.Interceptors = append(options.Interceptors, &workerInterceptor{}, &queryInterceptor{})
	if o.Metrics != nil {
		options.MetricsHandler = o.Metrics.Handler()
	}
	size, err := sizeInterceptor(logger)
	if err != nil {
		return client.Options{}, fmt.Errorf("measure payloads: %w", err)
	}
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions,
		grpc.WithChainUnaryInterceptor(schedule.TimezoneInterceptor(), size))
	return options, nil
}

var _ interceptor.Interceptor = (*workerInterceptor)(nil)

// DataConverter returns the converter of a namespace: JSON, compressed, encrypted.
func DataConverter(keys codec.Keys, namespace string) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec.New(keys, namespace))
}

// FailureConverter returns the converter that also encrypts messages and stack traces of
// failures; the server sees their types only.
func FailureConverter(dc converter.DataConverter) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: dc, EncodeCommonAttributes: true,
	})
}
