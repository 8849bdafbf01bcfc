package schedule

import (
	"context"

	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"transporter/internal/task/tzdata"
)

// TimezoneInterceptor makes the server evaluate schedules with our tz database instead
// of its own: every CreateSchedule and UpdateSchedule that names a zone carries its data.
// The API has the field (temporal.api.schedule.v1.ScheduleSpec.timezone_data), the SDK
// does not fill it. A zone that we do not know is refused before it is sent. Put it in
// client.Options.ConnectionOptions.DialOptions with grpc.WithChainUnaryInterceptor.
func TimezoneInterceptor() grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
		invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		var spec *schedulepb.ScheduleSpec
		switch r := req.(type) {
		case *workflowservice.CreateScheduleRequest:
			spec = r.GetSchedule().GetSpec()
		case *workflowservice.UpdateScheduleRequest:
			spec = r.GetSchedule().GetSpec()
		}
		if name := spec.GetTimezoneName(); name != "" {
			data, ok := tzdata.Raw(name)
			if !ok {
				// a status, so that the SDK does not try again
				return status.Errorf(codes.InvalidArgument, "unknown time zone %q of a schedule", name)
			}
			spec.TimezoneData = data
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}
